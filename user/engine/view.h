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
#include "engine/verdict/causes.h"

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

/* What a rule did to sessions. */
struct rule_view {
	struct rule rule;
	/*
	 * Of one that dropped packets: made of its place and text, so that it stays the same when
	 * the ruleset is loaded again, and is no other one's.
	 */
	u32 id;
	u64 blocked, degraded; /* sessions, ever */
	u32 hosts; /* different ones, ever */
	u64 first, last; /* drop, ns */
};

struct engine_view {
	u64 time_ns;
	struct engine_metrics metrics;
	struct session *sessions; /* by time of first packet, oldest first */
	size_t nsessions;
	u64 from; /* view_filter.after, of this part of the list */
	u64 next; /* the same of the next part; 0: this is the last */
	struct mapping *mappings;
	size_t nmappings;
	struct nat_view nat; /* of all hosts together */
	struct host_view *hosts;
	size_t nhosts;
	struct outside_view *outsides;
	size_t noutsides;
	struct rule_view *rules; /* always there; sessions point into it */
	/* so many of them, the first ones, dropped packets of sessions; the others only can */
	size_t ndropping;
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

/* Which sessions to copy; all zero means all. */
struct view_filter {
	/* only sessions whose id begins with the first `id_digits` hexadecimal digits of `id` */
	u64 id;
	u8 id_digits; /* 16 at most; 0: all sessions */
	u64 after; /* `next` of the part before, of the same filter; 0: begin with the first part */
	size_t most; /* sessions in this part; 0: all */
	u8 by_verdict; /* 1: only sessions whose verdict is `verdict` */
	u8 verdict;
};

/*
 * Returns a copy of what `what`, VIEW_* bits, asks for, to be freed with engine_view_free(). NULL
 * when memory is out. `filter`, which may be NULL, applies to sessions.
 */
struct engine_view *engine_view(struct engine *e, unsigned int what,
				const struct view_filter *filter);
void engine_view_free(struct engine_view *view);

#endif
