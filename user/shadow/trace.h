/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel says became of a packet that was sent into a shadow. */
#ifndef P2PSCOPE_SHADOW_TRACE_H
#define P2PSCOPE_SHADOW_TRACE_H
#include <libmnl/libmnl.h>
#include <libnftnl/trace.h>

#include "shadow/frame.h"
#include "shadow/shadow.h"

enum fate {
	FATE_UNSEEN, /* no chain saw it */
	FATE_PASSED, /* no rule dropped it */
	FATE_DROPPED, /* by `rule` */
	FATE_QUEUED, /* `rule` gave it to a program */
};

struct trace {
	u32 id; /* the kernel's, of the packet; 0 before its first message */
	u8 fate; /* enum fate */
	u16 queue; /* of FATE_QUEUED */
	struct rule rule; /* with the shadow's handle, 0 of a policy, and without text */
};

/*
 * Lets it come in on the interface of that number, or, with 0, leave as the machine's own. -errno.
 */
int shadow_send(const struct shadow *shadow, u32 came_in, const struct shadow_frame *frame);

/* Takes one message in. Those of other packets than the first are passed over. */
void trace_take(struct trace *trace, const struct nftnl_trace *message);

/* Reads away what is known of earlier packets. To be called before one is sent. */
void shadow_trace_start(const struct shadow *shadow, struct trace *trace);

/* Takes what is known by now. -ENOBUFS when some of it was lost: what is left tells nothing. */
int shadow_trace_read(const struct shadow *shadow, struct trace *trace);

/* Waits until the packet's fate is known, or for a while at most. -errno. */
int shadow_trace_wait(const struct shadow *shadow, struct trace *trace);

#endif
