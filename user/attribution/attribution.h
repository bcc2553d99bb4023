/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which rule dropped a packet. A helper process keeps a copy of the running ruleset in a network
 * namespace of its own, the shadow, where the packet is sent in again and the kernel's trace names
 * the rule. The running ruleset is only read.
 */
#ifndef P2PSCOPE_ATTRIBUTION_ATTRIBUTION_H
#define P2PSCOPE_ATTRIBUTION_ATTRIBUTION_H
#include "engine/engine.h"

struct attribution;

/* What came of the questions that were asked so far. */
struct attribution_counts {
	u64 named, unknown;
	u64 put_off; /* too many were asked already: that flow's next drop may be */
	double seconds; /* from the drops to the names of their rules, all together */
};

/*
 * Starts the helper, in the gateway's network namespace. To be called while the process has one
 * thread and all its privileges. Gives -errno when there can be no shadow; rules are unknown then.
 * `live`: what the shadow cannot do again is traced in the running ruleset, by a table of our own
 * that comes and goes.
 */
int attribution_start(struct attribution **out, struct engine *engine, bool live);
void attribution_stop(struct attribution *attribution);

/* Readable when there are answers. */
int attribution_fd(const struct attribution *attribution);

/* A drop: asks for its rule, unless the same flow's was asked for already. Never waits. */
void attribution_ask(struct attribution *attribution, const struct event *drop);

/* To be called about once a second: asks, when some time is over, which rules can drop by now. */
void attribution_tick(struct attribution *attribution, u64 now_ns);

/*
 * Takes the answers that are there and tells the engine. `now_ns` is in Unix time, as that of
 * drops.
 */
void attribution_take(struct attribution *attribution, u64 now_ns);

const struct attribution_counts *attribution_counts(const struct attribution *attribution);

#endif
