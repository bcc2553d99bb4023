/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The options of the command line. */
#ifndef P2PSCOPE_UTIL_OPTIONS_H
#define P2PSCOPE_UTIL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTION_LIST_MAX 32

#define DEFAULT_LISTEN "127.0.0.1:9810"
#define DEFAULT_SOCKET "/run/p2pscope/p2pscope.sock"
#define DEFAULT_USER "p2pscope"

/* The exit status of the program; documented in p2pscope(8). */
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
	const char *server; /* NULL: the audit chooses one */
	unsigned long flows; /* 0: the default of the data plane */
	unsigned long sessions;
	bool trace_live;
	bool json, sessions_csv, verbose, help;
	int nwords; /* the arguments that are not options */
	char **words;
};

/* Sets of options, as bits: each command accepts some of them. */
enum option_set {
	OPTIONS_POINTS = 1 << 0, /* --lan, --wan */
	OPTIONS_DAEMON = 1 << 1, /* --listen, --user, --ingress, … */
	OPTIONS_SOCKET = 1 << 2, /* --socket */
	OPTIONS_JSON = 1 << 3, /* --json */
	OPTIONS_VERDICT = 1 << 4, /* --verdict */
	OPTIONS_AUDIT = 1 << 5, /* --ruleset, --iptables, … */
	OPTIONS_CSV = 1 << 6, /* --sessions-csv */
	OPTIONS_ALWAYS = 1 << 7, /* --help, --verbose */
	OPTIONS_CAPTURES = 1 << 8, /* --lan, --wan: files, where OPTIONS_POINTS are interfaces */
};

/*
 * Parses argv[1…] of a command, whose name is argv[0], and fills in defaults; `accepts` are the
 * sets that the command takes. Returns 0, or EXIT_USAGE after having logged the reason. The
 * strings remain those of argv.
 */
int options_parse(struct options *options, int argc, char **argv, unsigned int accepts);

/* Prints one line for each option of the sets in `accepts` to standard output. */
void options_help(unsigned int accepts);

#endif
