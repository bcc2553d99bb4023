/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `p2pscope nat`: the behaviour of the NATs on the path in the terms of RFC 4787, for all hosts
 * together and for each.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/client.h"
#include "cli/columns.h"
#include "cli/show.h"
#include "cli/command.h"
#include "engine/names.h"

#define CELL 128

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *title, *key;
} traits[] = {
	{"translates", "translates"},   {"mapping", "mapping"},
	{"filtering", "filtering"},     {"port preservation", "port_preservation"},
	{"parity", "parity"},           {"pooling", "pooling"},
	{"hairpinning", "hairpinning"},
};

static const char *const upstreams[UPSTREAM_COUNT] = {
	[UPSTREAM_UNDETERMINED] =
		"not known yet; it is learned from the responses of STUN servers to hosts",
	[UPSTREAM_NONE] = "no other NAT",
	[UPSTREAM_NAT] = "another NAT",
	[UPSTREAM_DOUBLE_NAT] = "another NAT: the outside address of this gateway is private",
	[UPSTREAM_CARRIER_GRADE] =
		"a carrier-grade NAT: the outside address of this gateway is in 100.64.0.0/10",
};

static bool is_undetermined(const char *behaviour)
{
	return !strcmp(behaviour, words_name(WORDS_BEHAVIOURS, BEHAVIOUR_UNDETERMINED));
}

/* Of an undetermined behaviour some may already be excluded. */
static void behaviour_text(char *out, size_t size, const json_t *trait)
{
	const char *behaviour = show_text(trait, "behaviour");
	const json_t *excluded = json_object_get(trait, "excluded");
	char words[CELL];

	if (is_undetermined(behaviour) && json_array_size(excluded))
		snprintf(out, size, "not %s", show_joined(words, sizeof(words), excluded, " or "));
	else
		snprintf(out, size, "%s", behaviour);
}

/* "endpoint-independent (12)", "paired (5, 1 against)" */
static void trait_cell(char *out, size_t size, const json_t *box, const char *key)
{
	const json_t *trait = json_object_get(box, key);
	double contrary = show_number(trait, "contrary");
	char behaviour[CELL - 32], against[32] = "";

	behaviour_text(behaviour, sizeof(behaviour), trait);
	if (contrary > 0)
		snprintf(against, sizeof(against), ", %.0f against", contrary);
	snprintf(out, size, "%s (%.0f%s)", behaviour, show_number(trait, "samples"), against);
}

static void lifetime_cell(char *out, size_t size, const json_t *box)
{
	const json_t *lifetime = json_object_get(box, "binding_lifetime");
	double least = show_number(lifetime, "at_least"), most = show_number(lifetime, "at_most");
	double samples = show_number(lifetime, "samples");

	if (least > 0 && most > 0)
		snprintf(out, size, "at least %.0f s, at most %.0f s (%.0f)", least, most, samples);
	else if (least > 0)
		snprintf(out, size, "at least %.0f s (%.0f)", least, samples);
	else if (most > 0)
		snprintf(out, size, "at most %.0f s (%.0f)", most, samples);
	else
		snprintf(out, size, "undetermined (%.0f)", samples);
}

static int behaviour_rows(struct columns *columns, const json_t *document)
{
	const json_t *here = json_object_get(document, "gateway"),
		     *upstream = json_object_get(document, "upstream");
	char left[CELL], right[CELL];
	int err = 0;

	for (size_t i = 0; !err && i < COUNT(traits); i++) {
		trait_cell(left, sizeof(left), here, traits[i].key);
		trait_cell(right, sizeof(right), upstream, traits[i].key);
		err = columns_row(columns, (const char *const[]){traits[i].title, left, right});
	}
	lifetime_cell(left, sizeof(left), here);
	lifetime_cell(right, sizeof(right), upstream);
	return err ? err
		   : columns_row(columns, (const char *const[]){"binding lifetime", left, right});
}

static int show_behaviour(const json_t *document)
{
	static const char *const heads[] = {"BEHAVIOUR (SAMPLES)", "THIS GATEWAY", "UPSTREAM"};
	struct columns *columns = columns_new(heads, COUNT(heads));
	int err = columns ? behaviour_rows(columns, document) : -ENOMEM;

	if (!err)
		columns_print(columns, stdout);
	columns_free(columns);
	return err;
}

static void show_outcome(const json_t *document)
{
	int upstream = words_value(WORDS_UPSTREAMS, show_text(document, "upstream_kind"));

	printf("\nUpstream: %s.\n", upstreams[upstream < 0 ? UPSTREAM_UNDETERMINED : upstream]);
	printf("For peer-to-peer: %s.\n", show_text(document, "meaning"));
}

static int host_row(struct columns *columns, const json_t *host)
{
	char mappings[16];

	snprintf(mappings, sizeof(mappings), "%.0f", show_number(host, "mappings"));
	const char *const cells[] = {
		show_text(host, "host"),          mappings,
		show_text(host, "path.mapping"),  show_text(host, "path.filtering"),
		show_text(host, "upstream_kind"), show_text(host, "meaning"),
	};

	return columns_row(columns, cells);
}

static int show_hosts(const json_t *hosts)
{
	static const char *const heads[] = {"HOST",      "MAPPINGS", "MAPPING",
					    "FILTERING", "UPSTREAM", "MEANS"};
	struct columns *columns = columns_new(heads, COUNT(heads));
	int err = columns ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_array_size(hosts); i++)
		err = host_row(columns, json_array_get(hosts, i));
	if (!err) {
		printf("\n");
		columns_print(columns, stdout);
	}
	columns_free(columns);
	return err;
}

static bool box_seen(const json_t *box)
{
	double samples = show_number(box, "binding_lifetime.samples");

	for (size_t i = 0; i < COUNT(traits); i++)
		samples += show_number(json_object_get(box, traits[i].key), "samples");
	return samples > 0;
}

static bool anything_seen(const json_t *document)
{
	return json_array_size(json_object_get(document, "hosts")) ||
	       words_value(WORDS_UPSTREAMS, show_text(document, "upstream_kind")) >
		       UPSTREAM_UNDETERMINED ||
	       box_seen(json_object_get(document, "gateway")) ||
	       box_seen(json_object_get(document, "upstream"));
}

int show_nat(const json_t *document, double now)
{
	const json_t *hosts = json_object_get(document, "hosts");
	int err;

	(void)now;
	if (!anything_seen(document)) {
		printf("No NAT has been observed yet: its behaviour is learned from the STUN "
		       "traffic of calls through this gateway.\n");
		return 0;
	}
	err = show_behaviour(document);
	if (err)
		return err;
	show_outcome(document);
	return json_array_size(hosts) ? show_hosts(hosts) : 0;
}

int command_nat(const struct options *options)
{
	return client_show(options, "/api/v1/hosts", "hosts", show_nat);
}
