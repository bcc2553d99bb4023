/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending a packet into a shadow, and what the kernel's trace says became of it. */
#ifndef P2PSCOPE_SHADOW_TRACE_H
#define P2PSCOPE_SHADOW_TRACE_H

#include <libmnl/libmnl.h>
#include <libnftnl/trace.h>

#include "shadow/frame.h"
#include "shadow/shadow.h"

enum fate {
	FATE_UNSEEN, /* no chain has seen it */
	FATE_PASSED, /* no rule has dropped it */
	FATE_DROPPED, /* by `rule` */
	FATE_QUEUED, /* `rule` gave it to a program */
};

struct trace {
	u32 id; /* the kernel's number of the packet; 0 before its first message */
	u8 fate; /* enum fate */
	u16 queue; /* of FATE_QUEUED */
	struct rule rule; /* with the shadow's handle, 0 for a policy, and without a text */
};

/*
 * Sends the frame to the interface of that number or, with 0, its packet as the gateway's own.
 * Returns 0 or -errno.
 */
int shadow_send(const struct shadow *shadow, u32 came_in, const struct shadow_frame *frame);

/*
 * Adds one message of the kernel to the trace. The first one chooses the packet; messages about
 * others are ignored.
 */
void trace_take(struct trace *trace, const struct nftnl_trace *message);

/* Begins a trace: discards what is left of earlier packets. Call it before shadow_send(). */
void shadow_trace_start(const struct shadow *shadow, struct trace *trace);

/*
 * Adds the messages received by now. Returns 0, -ENOBUFS when some were lost, which leaves the fate
 * unknown, or another -errno.
 */
int shadow_trace_read(const struct shadow *shadow, struct trace *trace);

/*
 * Waits until the packet's fate is known or it has left, 0.3 s at most. Returns as
 * shadow_trace_read().
 */
int shadow_trace_wait(const struct shadow *shadow, struct trace *trace);

#endif
