/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending one packet through a shadow and seeing where and how it comes out. */
#ifndef P2PSCOPE_AUDIT_EXCHANGE_H
#define P2PSCOPE_AUDIT_EXCHANGE_H

#include "audit/packet.h"
#include "shadow/trace.h"

/* From one side of the gateway to the other; interface 0 is the gateway itself. */
struct hop {
	u32 from, to; /* interface numbers */
	struct addr sender, receiver; /* before any translation */
};

enum outcome {
	PACKET_LOST, /* by no rule: see `error` */
	PACKET_PASSED,
	PACKET_DROPPED, /* by the rule in `trace` */
	PACKET_QUEUED, /* the rule in `trace` gave it to a program */
	PACKET_TOO_BIG, /* for `mtu` */
	PACKET_IN_PIECES, /* it would arrive in fragments, for the link there has `mtu` */
	PACKET_ASTRAY, /* it left by interface `out`, or with 0 the gateway kept it */
	PACKET_UNTOLD, /* it did not come out, and the trace overflowed before a rule was named */
};

struct passage {
	u8 outcome; /* enum outcome */
	struct trace trace;
	/* as it came out; not set when the gateway kept it */
	struct endpoint src, dst;
	u32 out, mtu;
	/*
	 * of PACKET_LOST: the kernel's answer about the route, see route_find(); -EOPNOTSUPP when
	 * forwarding is off
	 */
	int error;
};

/*
 * Adds to the shadow's ruleset a chain that shows which packets reach the gateway itself and drops
 * them there, so that its own stack never answers. Call it once before the first exchange_send().
 * Returns 0 or -errno.
 */
int exchange_prepare(void);

/*
 * Sends the packet and waits until it has come out or its fate is known, for up to 0.3 s. Fills
 * `passage`. Returns 0, or -errno when the shadow fails.
 */
int exchange_send(const struct shadow *shadow, const struct hop *hop,
		  const struct audit_packet *packet, struct passage *passage);

#endif
