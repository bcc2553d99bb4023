/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an audit found, and what follows from that. */
#ifndef P2PSCOPE_AUDIT_REPORT_H
#define P2PSCOPE_AUDIT_REPORT_H
#include <net/if.h>

#include "audit/audit.h"

#define WAYS_MAX 16

struct audited {
	struct way way;
	char lan[IF_NAMESIZE], wan[IF_NAMESIZE]; /* lan "": the machine itself */
	char absent
		[WHY_NOT]; /* why there is no such way, "" when it can be tried: host is not known then */
	struct finding findings[NEED_COUNT];
};

struct report {
	const char *ruleset; /* what it is called */
	const char *hidden; /* what no observer sees, or NULL */
	struct audited ways[WAYS_MAX];
	size_t count;
	size_t left_out; /* ways that were too many */
};

/* By which ways media can go. */
struct media {
	bool direct, relay_udp, relay_tcp, relay_tls;
};

struct media report_media(const struct finding *findings);

/*
 * Whether a need counts: that NATs let in nothing from addresses that nothing was sent to is their
 * ordinary filtering (RFC 4787 section 5).
 */
bool report_counts(enum need need);

/* How many needs that count are blocked, on all ways together. */
u32 report_blocked(const struct report *report);

/*
 * EXIT_DONE; EXIT_PROBLEM: something is blocked; EXIT_USAGE: something is not known, or nothing
 * could be tried.
 */
int report_status(const struct report *report);

/*
 * Writes what to change for a blocked need to pass, with names as the administrator wrote them; ""
 * when there is nothing to be said. Gives `out`.
 */
const char *report_change(char *out, size_t size, const struct audited *audited, enum need need);

#endif
