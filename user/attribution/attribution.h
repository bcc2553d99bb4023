/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which rule dropped a packet, and which rules can drop any: the daemon's side. It asks a helper
 * process, which keeps a copy of the running ruleset in a shadow (shadow/shadow.h), replays the
 * packet there and reads the rule off the kernel's trace. The running ruleset is only read.
 *
 * attribution.c runs in the daemon; helper.c, drop_rules.c and live_trace.c in the helper; worker.c
 * and replay_drop.c in the worker, a child of the helper that is in the shadow. They share nothing
 * but the messages of protocol.h.
 */
#ifndef P2PSCOPE_ATTRIBUTION_ATTRIBUTION_H
#define P2PSCOPE_ATTRIBUTION_ATTRIBUTION_H

#include "engine/engine.h"

struct attribution;

/* What came of the questions so far. */
struct attribution_counts {
	u64 named, unknown;
	u64 put_off; /* not asked because too many wait; the flow's next drop may be */
	double seconds; /* sum of the times from a drop to the name of its rule */
};

/*
 * Starts the helper in the caller's network namespace, the gateway's. Call it while the process has
 * one thread and all its privileges. With `live` the helper may trace what a shadow cannot replay
 * in the running ruleset, by a table of our own that comes and goes. Returns 0, or -errno when
 * there can be no shadow, and rules stay unknown.
 */
int attribution_start(struct attribution **out, struct engine *engine, bool live);
void attribution_stop(struct attribution *attribution);

/* Returns a descriptor that is readable when there are answers. */
int attribution_fd(const struct attribution *attribution);

/*
 * Asks for the rule behind a drop, unless that flow's was asked for lately. Never waits: the
 * question does, while the helper has many, and those of sessions without a rule go first.
 */
void attribution_ask(struct attribution *attribution, const struct event *drop);

/*
 * Asks for what waits, and every ten seconds which rules can drop packets. Call it about once a
 * second; `now_ns` is Unix time.
 */
void attribution_tick(struct attribution *attribution, u64 now_ns);

/* Takes the answers that are there and hands them to the engine. `now_ns` is Unix time. */
void attribution_take(struct attribution *attribution, u64 now_ns);

const struct attribution_counts *attribution_counts(const struct attribution *attribution);

#endif
