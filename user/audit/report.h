/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an audit found on all paths, and what follows from it. */
#ifndef P2PSCOPE_AUDIT_REPORT_H
#define P2PSCOPE_AUDIT_REPORT_H

#include <net/if.h>

#include "audit/path.h"
#include "audit/test_list.h"

#define PATHS_MAX 16

struct audited_path {
	struct audit_path path; /* when it is absent without a host */
	char lan[IF_NAMESIZE], wan[IF_NAMESIZE]; /* lan "": the gateway itself */
	char absent[REASON_TEXT]; /* why there is no such path; "": it can be tried */
	struct test_result results[TEST_COUNT];
};

struct audit_report {
	const char *ruleset; /* its name, for people */
	const char *hidden; /* what no observer on this gateway can see, or NULL */
	struct audited_path paths[PATHS_MAX];
	size_t count;
	size_t left_out; /* paths beyond PATHS_MAX */
};

/* Which ways media has through the gateway. */
struct media_paths {
	bool direct, relay_udp, relay_tcp, relay_tls;
};

/* Returns which ways the results of one path leave for media. */
struct media_paths report_media(const struct test_result *results);

/*
 * Returns whether a blocked test is a problem. checks-in is none: NATs are expected to filter what
 * comes from addresses to which nothing was sent (RFC 4787 section 5).
 */
bool report_counts(enum audit_test test);

/* Returns how many tests that count are blocked, on all paths together. */
u32 report_blocked(const struct audit_report *report);

/*
 * Returns the command's exit status: EXIT_PROBLEM when a test is blocked, EXIT_USAGE when one is
 * unknown or nothing could be tried, else EXIT_DONE.
 */
int report_status(const struct audit_report *report);

/*
 * Writes what to change for a blocked test to pass, with names as the administrator wrote them; ""
 * when there is nothing to change. Returns `out`, which has `size` bytes.
 */
const char *report_change(char *out, size_t size, const struct audited_path *audited,
			  enum audit_test test);

#endif
