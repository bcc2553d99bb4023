/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `p2pscope audit`: does a ruleset let WebRTC through, and which rule does not? Tried in a shadow;
 * nothing is changed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shadow/offload.h"
#include "audit/target.h"
#include "audit/paths.h"
#include "cli/show.h"
#include "cli/command.h"
#include "util/log.h"
#include "output/json_audit.h"
#include "datapath/observation_points.h"
#include "util/address.h"

static int try_one(struct subject *subject, struct audited *audited)
{
	int err = audit_way(&subject->shadow, &subject->listed, &audited->way, audited->findings);

	for (unsigned int need = 0; !err && need < NEED_COUNT; need++)
		if (audited->findings[need].has_rule)
			subject_translate(subject, &audited->findings[need].rule);
	return err;
}

static int try_all(struct subject *subject, struct report *report, const struct addr *server)
{
	int err = 0;

	report->ruleset = subject->name;
	report->hidden = subject->offloaded ? OFFLOAD_HIDES : NULL;
	ways_choose(report, &subject->network, &subject->sides, server);
	if (report->left_out)
		log_warn("%zu ways are too many: only the first %d are tried; --lan and --wan name "
			 "those that matter",
			 report->count + report->left_out, WAYS_MAX);
	for (size_t i = 0; !err && i < report->count; i++)
		if (!*report->ways[i].absent)
			err = try_one(subject, &report->ways[i]);
	return err;
}

static int print_json(const json_t *document)
{
	if (json_dumpf(document, stdout, JSON_INDENT(1)))
		return -EIO;
	printf("\n");
	return 0;
}

static int tell(const struct report *report, const struct options *options)
{
	json_t *document = json_audit(report);
	int err = -ENOMEM;

	if (document)
		err = options->json ? print_json(document) : show_audit(document);
	json_decref(document);
	return err;
}

static int audit(struct subject *subject, const struct options *options, const struct addr *server)
{
	static struct report report;
	int err = subject_open(subject, options);

	if (err) {
		log_error("audit: %s", subject->error);
		return EXIT_USAGE;
	}
	err = try_all(subject, &report, server);
	if (!err)
		err = tell(&report, options);
	if (err)
		log_error("audit: %s", strerror(-err));
	return err ? EXIT_USAGE : report_status(&report);
}

int command_audit(const struct options *options)
{
	static struct subject subject;
	struct addr server;
	int status;

	if (points_check_sides(options))
		return EXIT_USAGE;
	if (options->server && !addr_parse(options->server, &server)) {
		log_error("--server wants an IPv4 or IPv6 address, not '%s'", options->server);
		return EXIT_USAGE;
	}
	status = audit(&subject, options, options->server ? &server : NULL);
	subject_close(&subject);
	return status;
}
