/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was asked for on the command line. */
#ifndef P2PSCOPE_UTIL_OPTIONS_H
#define P2PSCOPE_UTIL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTION_LIST_MAX 32

#define DEFAULT_LISTEN "127.0.0.1:9810"
#define DEFAULT_SOCKET "/run/p2pscope/p2pscope.sock"
#define DEFAULT_USER "p2pscope"

/* The program's exit status. */
enum { EXIT_DONE = 0, EXIT_PROBLEM = 1, EXIT_USAGE = 2, EXIT_PARTIAL = 3 };

struct option_list {
	size_t count;
	const char *items[OPTION_LIST_MAX];
};

struct options {
	struct option_list lan, wan, listen;
	const char *socket;
	const char *user;
	const char *ingress; /* auto, xdp, generic or tc */
	const char *tc; /* auto, tcx or clsact */
	const char *verdict;
	const char *ids_log; /* NULL: none */
	const char *ruleset, *iptables, *ip6tables; /* files, NULL: none */
	const char *server; /* NULL: one that the audit chooses */
	unsigned long flows; /* 0: as compiled into the data plane */
	unsigned long sessions;
	bool trace_live;
	bool json, sessions_csv, verbose, help;
	int nwords; /* what is not an option */
	char **words;
};

/* Which command takes which option: bits for option_accepts in the command table. */
enum option_set {
	OPTIONS_POINTS = 1 << 0, /* --lan, --wan */
	OPTIONS_DAEMON = 1 << 1, /* --listen, --user, --ingress, … */
	OPTIONS_SOCKET = 1 << 2, /* --socket */
	OPTIONS_JSON = 1 << 3, /* --json */
	OPTIONS_VERDICT = 1 << 4, /* --verdict */
	OPTIONS_AUDIT = 1 << 5, /* --ruleset, --iptables, … */
	OPTIONS_CSV = 1 << 6, /* --sessions-csv */
	OPTIONS_ALWAYS = 1 << 7, /* --help, --verbose */
};

/*
 * Reads argv[1…] of a command, argv[0] being its name; `accepts` are the sets it takes. Fills in
 * the defaults. Gives 0, or EXIT_USAGE after having said on standard error what is wrong. The
 * strings stay those of argv.
 */
int options_parse(struct options *options, int argc, char **argv, unsigned int accepts);

/* Prints a line for each option of the sets in `accepts` to standard output. */
void options_help(unsigned int accepts);

#endif
