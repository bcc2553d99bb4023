/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tracing what a shadow cannot replay, such as a limit or a quota: the next packets of a few flows
 * are traced in the running ruleset for some seconds. This needs one table of our own there, which
 * belongs to a socket of this process: the kernel removes it with that (NFT_TABLE_F_OWNER).
 */
#ifndef P2PSCOPE_ATTRIBUTION_LIVE_TRACE_H
#define P2PSCOPE_ATTRIBUTION_LIVE_TRACE_H

#include <libmnl/libmnl.h>

#include "attribution/protocol.h"
#include "shadow/trace.h"
#include "p2pscope/conntrack.h"

#define TRACED_FLOWS 8

struct live_trace {
	struct nft_ctx *nft; /* owns the table; NULL: there is none */
	struct mnl_socket *messages;
	struct traced_flow {
		struct helper_answer unfound; /* the answer so far; without serial: unused */
		u64 until_ns; /* monotonic */
		struct trace trace; /* of its last packet */
	} flows[TRACED_FLOWS];
};

/*
 * Begins to trace packets with the source, destination and protocol in orig_src, orig_dst and proto
 * as they reach the gateway or are sent by it, for a better answer than `unfound`. Returns whether
 * it could.
 */
bool live_trace_start(struct live_trace *live, const struct helper_answer *unfound,
		      const struct conntrack *packet);

/*
 * Reads the kernel's messages and takes the answer of the next flow whose trace is over: with the
 * rule that dropped a packet, without its text, or as it was. Returns whether there is one.
 */
bool live_trace_next(struct live_trace *live, struct helper_answer *answer);

/* Returns a descriptor that is readable when there are messages; -1: nothing is traced. */
int live_trace_fd(const struct live_trace *live);

/* Returns in how many ms to call live_trace_next() at the latest; -1: nothing is traced. */
int live_trace_wait_ms(const struct live_trace *live);

#endif
