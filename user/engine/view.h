/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The copy of the engine's state that outputs read: sessions, mappings, hosts, rules and metrics,
 * as they look from outside.
 */
#ifndef P2PSCOPE_ENGINE_VIEW_H
#define P2PSCOPE_ENGINE_VIEW_H

#include <stddef.h>

#include "engine/metrics_view.h"
#include "engine/nat/nat_view.h"
#include "engine/session_view.h"

struct engine;

#define RULE_NAME 64
#define RULE_TEXT 256

/*
 * A rule of this machine's firewall. Names and text are an administrator's: they may hold any byte
 * but 0.
 */
struct rule {
	char family[8]; /* "ip", "ip6", "inet", "bridge", "netdev", "arp" */
	char table[RULE_NAME], chain[RULE_NAME];
	u64 handle; /* in the running ruleset; 0: a chain's policy */
	char text[RULE_TEXT]; /* as nft(8) lists it, with its comment; of a policy "policy drop" */
};

/* What a rule did. */
struct rule_view {
	struct rule rule;
	u64 blocked, degraded; /* sessions, ever */
	u32 hosts; /* different ones, ever */
	u64 first, last; /* drop */
};

struct engine_view {
	u64 time_ns;
	struct engine_metrics metrics;
	struct session *sessions; /* by time of first packet, oldest first */
	size_t nsessions;
	u64 from,
		/*
		 * which part of the list it is: view_filter.after of this one, and of the next; 0:
		 * it is the last
		 */
		next;
	struct mapping *mappings;
	size_t nmappings;
	struct nat_view nat; /* of all hosts together */
	struct host_view *hosts;
	size_t nhosts;
	struct outside_view *outsides;
	size_t noutsides;
	struct rule_view *rules; /* always there; sessions point into it */
	/*
	 * the first of them: they dropped packets of sessions, the others can drop packets and
	 * never did
	 */
	size_t nhurting;
	size_t nrules;
	u64 rules_left_out; /* more that can drop packets, for which there was no room */
};

enum {
	VIEW_METRICS = 0,
	VIEW_SESSIONS = 1 << 0,
	VIEW_MAPPINGS = 1 << 1,
	VIEW_HOSTS = 1 << 2,
	/* of the sessions what fits in a line: without pairs, media and evidence */
	VIEW_LINES = 1 << 3,
};

/* What to copy of the sessions; zeroes mean all. */
struct view_filter {
	u64 serial; /* this session only */
	u64 after; /* where the part before, of the same filter, told to go on */
	size_t most; /* in this part */
	u8 by_verdict; /* 1: only sessions whose verdict is `verdict` */
	u8 verdict;
};

/*
 * Copies what `what` (VIEW_* bits) asks for. Gives NULL when memory is out; free with
 * engine_view_free().
 */
struct engine_view *engine_view(struct engine *e, unsigned int what,
				const struct view_filter *filter);
void engine_view_free(struct engine_view *view);

#endif
