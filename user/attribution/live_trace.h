/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a shadow cannot do again, a limit or a quota: the next packets of a few flows are traced
 * through the running ruleset, for some seconds each. What that needs there is one table of our
 * own, which is there for as long and no longer: it is bound to a socket of this process, and the
 * kernel removes it with that.
 */
#ifndef P2PSCOPE_ATTRIBUTION_LIVE_TRACE_H
#define P2PSCOPE_ATTRIBUTION_LIVE_TRACE_H
#include <libmnl/libmnl.h>

#include "attribution/protocol.h"
#include "shadow/trace.h"
#include "p2pscope/conntrack.h"

#define TRACED_FLOWS 8

struct live_trace {
	struct nft_ctx *nft; /* has the table; NULL: there is none */
	struct mnl_socket *messages;
	struct traced_flow {
		struct helper_answer
			unfound; /* as it stands now; without serial: this one is free */
		u64 until_ns;
		struct trace trace; /* of its last packet */
	} flows[TRACED_FLOWS];
};

/*
 * Traces packets with the source, destination and protocol in orig_src, orig_dst and proto, as they
 * come in or are made by this machine, for a better answer than `unfound`. False when they cannot
 * be.
 */
bool live_trace_start(struct live_trace *live, const struct helper_answer *unfound,
		      const struct conntrack *packet);

/*
 * Reads what the kernel has told and gives the answer for the next flow that is over: the rule that
 * dropped a packet of it, without its text, or as it stood. False when there is none.
 */
bool live_trace_next(struct live_trace *live, struct helper_answer *answer);

/* Readable when there is something to read; -1: nothing is traced. */
int live_trace_fd(const struct live_trace *live);

/*
 * After how many milliseconds to look again, whether there is something to read or not; -1: nothing
 * is traced.
 */
int live_trace_wait_ms(const struct live_trace *live);

#endif
