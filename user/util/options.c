/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/listen.h"
#include "util/log.h"
#include "util/options.h"

enum option_kind { KIND_FLAG, KIND_TEXT, KIND_LIST, KIND_NUMBER };

struct option_spec {
	const char *name;
	const char *argument; /* its name in the help text */
	const char *help;
	enum option_kind kind;
	enum option_set set;
	size_t offset; /* in struct options */
	const char *fallback; /* of KIND_TEXT: the default */
};

#define AT(field) offsetof(struct options, field)

static const struct option_spec specs[] = {
	{"lan", "IF", "an interface toward the hosts", KIND_LIST, OPTIONS_POINTS, AT(lan), NULL},
	{"wan", "IF", "an interface toward the internet", KIND_LIST, OPTIONS_POINTS, AT(wan), NULL},
	{"lan", "FILE", "a capture taken at the gateway's interface toward the hosts", KIND_LIST,
	 OPTIONS_CAPTURES, AT(lan), NULL},
	{"wan", "FILE", "a capture taken at the gateway's interface toward the internet", KIND_LIST,
	 OPTIONS_CAPTURES, AT(wan), NULL},
	{"listen", "ADDR:PORT",
	 "serve HTTP there (:PORT: on all IPv4 addresses), default " DEFAULT_LISTEN, KIND_LIST,
	 OPTIONS_DAEMON, AT(listen), NULL},
	{"user", "NAME", "run as this user after attaching, default " DEFAULT_USER ", else nobody",
	 KIND_TEXT, OPTIONS_DAEMON, AT(user), NULL},
	{"ingress", "HOOK", "ingress hook: auto, xdp, generic or tc, default auto", KIND_TEXT,
	 OPTIONS_DAEMON, AT(ingress), "auto"},
	{"tc", "HOOK", "tc hook: auto, tcx or clsact, default auto", KIND_TEXT, OPTIONS_DAEMON,
	 AT(tc), "auto"},
	{"ids-log", "FILE", "follow this EVE log of Suricata and assign its alerts to sessions",
	 KIND_TEXT, OPTIONS_DAEMON, AT(ids_log), NULL},
	{"trace-live", NULL,
	 "where the shadow finds no rule, trace packets through the running ruleset", KIND_FLAG,
	 OPTIONS_DAEMON, AT(trace_live), NULL},
	{"max-flows", "N", "track at most N flows", KIND_NUMBER, OPTIONS_DAEMON, AT(flows), NULL},
	{"max-sessions", "N", "keep at most N sessions", KIND_NUMBER, OPTIONS_DAEMON, AT(sessions),
	 NULL},
	{"socket", "PATH", "the daemon's socket, default " DEFAULT_SOCKET, KIND_TEXT,
	 OPTIONS_SOCKET, AT(socket), DEFAULT_SOCKET},
	{"verdict", "WORD", "only sessions with this verdict", KIND_TEXT, OPTIONS_VERDICT,
	 AT(verdict), NULL},
	{"ruleset", "FILE",
	 "audit this nft(8) file instead of the running ruleset; - is standard input", KIND_TEXT,
	 OPTIONS_AUDIT, AT(ruleset), NULL},
	{"iptables", "FILE", "audit this iptables-save(8) file", KIND_TEXT, OPTIONS_AUDIT,
	 AT(iptables), NULL},
	{"ip6tables", "FILE", "audit this ip6tables-save(8) file", KIND_TEXT, OPTIONS_AUDIT,
	 AT(ip6tables), NULL},
	{"server", "ADDR", "the STUN and TURN server to test, for the paths of its address family",
	 KIND_TEXT, OPTIONS_AUDIT, AT(server), NULL},
	{"json", NULL, "print one JSON document on standard output", KIND_FLAG, OPTIONS_JSON,
	 AT(json), NULL},
	{"sessions-csv", NULL, "print one line of comma-separated values for each session",
	 KIND_FLAG, OPTIONS_CSV, AT(sessions_csv), NULL},
	{"verbose", NULL, "verbose logging", KIND_FLAG, OPTIONS_ALWAYS, AT(verbose), NULL},
	{"help", NULL, "show this help", KIND_FLAG, OPTIONS_ALWAYS, AT(help), NULL},
};

#define SPECS (sizeof(specs) / sizeof(specs[0]))

/* Fills the table for getopt_long(3); `val` is the index in specs plus one. */
static void make_getopt_table(struct option *table, unsigned int accepts)
{
	size_t used = 0;

	for (size_t i = 0; i < SPECS; i++) {
		if (!(specs[i].set & accepts))
			continue;
		table[used].name = specs[i].name;
		table[used].has_arg = specs[i].kind == KIND_FLAG ? no_argument : required_argument;
		table[used].flag = NULL;
		table[used].val = (int)i + 1;
		used++;
	}
	memset(&table[used], 0, sizeof(table[used]));
}

static int store_number(unsigned long *field, const char *name, const char *text)
{
	char *end;

	errno = 0;
	*field = strtoul(text, &end, 10);
	if (!errno && end != text && !*end && *text != '-' && *field > 0 && *field <= 100000000)
		return 0;
	log_error("--%s: expected a number from 1 to 100000000, not '%s'", name, text);
	return EXIT_USAGE;
}

static int store_value(struct options *options, const struct option_spec *spec, char *text)
{
	void *field = (char *)options + spec->offset;
	struct option_list *list = field;

	switch (spec->kind) {
	case KIND_FLAG:
		*(bool *)field = true;
		return 0;
	case KIND_TEXT:
		*(const char **)field = text;
		break;
	case KIND_LIST:
		if (list->count == OPTION_LIST_MAX) {
			log_error("--%s is given more than %d times", spec->name, OPTION_LIST_MAX);
			return EXIT_USAGE;
		}
		list->items[list->count++] = text;
		break;
	case KIND_NUMBER:
		return store_number(field, spec->name, text);
	}
	if (*text)
		return 0;
	log_error("--%s: expected %s, not an empty argument", spec->name, spec->argument);
	return EXIT_USAGE;
}

static int report_bad_option(const char *command, const char *word, bool argument_missing)
{
	log_error("%s: %s '%s'; 'p2pscope %s --help' lists the options", command,
		  argument_missing ? "missing argument of" : "unknown option", word, command);
	return EXIT_USAGE;
}

/* Checks a value against `words`, which end with NULL; `wanted` lists them for the message. */
static int check_choice(const char *option, const char *given, const char *const *words,
			const char *wanted)
{
	for (; *words; words++)
		if (!strcmp(given, *words))
			return 0;
	log_error("--%s: expected %s, not '%s'", option, wanted, given);
	return EXIT_USAGE;
}

static int check_choices(const struct options *options)
{
	static const char *const ingress[] = {"auto", "xdp", "generic", "tc", NULL};
	static const char *const tc[] = {"auto", "tcx", "clsact", NULL};
	int err = check_choice("ingress", options->ingress, ingress, "auto, xdp, generic or tc");

	return err ? err : check_choice("tc", options->tc, tc, "auto, tcx or clsact");
}

static int check_sockets(const struct options *options)
{
	int err = listen_unix_check(options->socket);

	for (size_t i = 0; !err && i < options->listen.count; i++)
		err = listen_tcp_check(options->listen.items[i]);
	return err ? EXIT_USAGE : 0;
}

static void set_defaults(struct options *options)
{
	memset(options, 0, sizeof(*options));
	for (size_t i = 0; i < SPECS; i++)
		if (specs[i].kind == KIND_TEXT)
			*(const char **)((char *)options + specs[i].offset) = specs[i].fallback;
}

int options_parse(struct options *options, int argc, char **argv, unsigned int accepts)
{
	struct option table[SPECS + 1];
	int found, err;

	set_defaults(options);
	make_getopt_table(table, accepts | OPTIONS_ALWAYS);
	opterr = 0;
	optind = 1;
	/* With ":" getopt_long() distinguishes a missing argument from an unknown option. */
	while ((found = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (found == '?' || found == ':')
			return report_bad_option(argv[0], argv[optind - 1], found == ':');
		if (found == 'h') {
			options->help = true;
			continue;
		}
		err = store_value(options, &specs[found - 1], optarg);
		if (err)
			return err;
	}
	options->nwords = argc - optind;
	options->words = argv + optind;
	err = check_choices(options);
	return err ? err : check_sockets(options);
}

void options_help(unsigned int accepts)
{
	for (size_t i = 0; i < SPECS; i++) {
		char left[40];

		if (!(specs[i].set & (accepts | OPTIONS_ALWAYS)))
			continue;
		snprintf(left, sizeof(left), "--%s %s", specs[i].name,
			 specs[i].argument ? specs[i].argument : "");
		printf("  %-24s %s\n", left, specs[i].help);
	}
}
