/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an audit found, and what follows from that. */
#ifndef P2PSCOPE_AUDIT_REPORT_H
#define P2PSCOPE_AUDIT_REPORT_H
#include <net/if.h>

#include "audit/audit.h"

#define PATHS_MAX 16

struct audited_path {
	struct audit_path path;
	char lan[IF_NAMESIZE], wan[IF_NAMESIZE]; /* lan "": the machine itself */
	char absent
		[REASON_TEXT]; /* why there is no such way, "" when it can be tried: host is not known then */
	struct test_result results[TEST_COUNT];
};

struct audit_report {
	const char *ruleset; /* what it is called */
	const char *hidden; /* what no observer sees, or NULL */
	struct audited_path paths[PATHS_MAX];
	size_t count;
	size_t left_out; /* ways that were too many */
};

/* By which ways media can go. */
struct media_paths {
	bool direct, relay_udp, relay_tcp, relay_tls;
};

struct media_paths report_media(const struct test_result *results);

/*
 * Whether a need counts: that NATs let in nothing from addresses that nothing was sent to is their
 * ordinary filtering (RFC 4787 section 5).
 */
bool report_counts(enum audit_test test);

/* How many needs that count are blocked, on all ways together. */
u32 report_blocked(const struct audit_report *report);

/*
 * EXIT_DONE; EXIT_PROBLEM: something is blocked; EXIT_USAGE: something is not known, or nothing
 * could be tried.
 */
int report_status(const struct audit_report *report);

/*
 * Writes what to change for a blocked need to pass, with names as the administrator wrote them; ""
 * when there is nothing to be said. Gives `out`.
 */
const char *report_change(char *out, size_t size, const struct audited_path *audited,
			  enum audit_test test);

#endif
