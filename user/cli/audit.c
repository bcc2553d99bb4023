/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `p2pscope audit`: whether a ruleset lets WebRTC through, and which rule does not. It is tried in
 * a shadow; nothing on the gateway is changed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/paths.h"
#include "audit/target.h"
#include "cli/command.h"
#include "cli/show.h"
#include "output/json_audit.h"
#include "shadow/offload.h"
#include "util/address.h"
#include "util/interface_side.h"
#include "util/log.h"

static int try_one(struct audit_target *target, struct audited_path *audited)
{
	int err =
		audit_path_run(&target->shadow, &target->listed, &audited->path, audited->results);

	for (unsigned int test = 0; !err && test < TEST_COUNT; test++)
		if (audited->results[test].has_rule)
			target_rule_text(target, &audited->results[test].rule);
	return err;
}

static int try_all(struct audit_target *target, struct audit_report *report,
		   const struct addr *server)
{
	int err = 0;

	report->ruleset = target->name;
	report->hidden = target->offloaded ? OFFLOAD_HIDES : NULL;
	paths_choose(report, &target->network, &target->sides, server);
	if (report->left_out)
		log_warn("%zu paths are too many: only the first %d are tried; name the interfaces "
			 "that matter with --lan and --wan",
			 report->count + report->left_out, PATHS_MAX);
	for (size_t i = 0; !err && i < report->count; i++)
		if (!*report->paths[i].absent)
			err = try_one(target, &report->paths[i]);
	return err;
}

static int print_audit_json(const json_t *document)
{
	int err = show_json(document, JSON_INDENT(1));

	printf("\n");
	return err;
}

static int print_audit(const struct audit_report *report, const struct options *options)
{
	json_t *document = json_audit(report);
	int err = -ENOMEM;

	if (document)
		err = options->json ? print_audit_json(document) : show_audit(document);
	json_decref(document);
	return !err && fflush(stdout) ? -EIO : err;
}

static int run_audit(struct audit_target *target, const struct options *options,
		     const struct addr *server)
{
	static struct audit_report report;
	int err = target_open(target, options);

	if (err) {
		log_error("audit: %s", target->error);
		return EXIT_USAGE;
	}
	err = try_all(target, &report, server);
	if (!err)
		err = print_audit(&report, options);
	if (err && !ferror(stdout))
		log_error("audit: %s", strerror(-err));
	return err ? EXIT_USAGE : report_status(&report);
}

int command_audit(const struct options *options)
{
	static struct audit_target target;
	struct addr server;
	int status;

	if (interface_sides_check(options))
		return EXIT_USAGE;
	if (options->server && !addr_parse(options->server, &server)) {
		log_error("--server wants an IPv4 or IPv6 address, not '%s'", options->server);
		return EXIT_USAGE;
	}
	status = run_audit(&target, options, options->server ? &server : NULL);
	target_close(&target);
	return status;
}
