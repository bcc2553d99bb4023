/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One packet through a shadow: where and how it comes out, or what became of it. */
#ifndef P2PSCOPE_AUDIT_EXCHANGE_H
#define P2PSCOPE_AUDIT_EXCHANGE_H
#include "audit/packet.h"
#include "shadow/trace.h"

/* From one side of the gateway to the other; interface 0 is the machine itself. */
struct hop {
	u32 from, to;
	struct addr sender, receiver; /* without any translation */
};

enum outcome {
	PACKET_LOST, /* and no rule did it: see `error` */
	PACKET_PASSED,
	PACKET_DROPPED, /* by the rule in `trace` */
	PACKET_QUEUED, /* the same */
	PACKET_TOO_BIG, /* for `mtu` */
	PACKET_IN_PIECES, /* it would come in fragments, as the link there has `mtu` */
	/* it came out of interface `out`, or with 0 the gateway kept it for itself */
	PACKET_ASTRAY,
	PACKET_UNTOLD, /* it did not come out, and more rules matched than the trace had room for */
};

struct passage {
	u8 outcome; /* enum outcome */
	struct trace trace;
	struct endpoint src, dst; /* with which it came out, but not to the machine itself */
	u32 out, mtu;
	/*
	 * of a lost one: the kernel's word on its way, see route_find(); -EOPNOTSUPP: forwarding is
	 * off
	 */
	int error;
};

/*
 * Lets what reaches the machine itself be seen, and ends it there. To be called before the first
 * exchange. -errno.
 */
int exchange_prepare(void);

/* Sends it. -errno when the shadow fails. */
int exchange_send(const struct shadow *shadow, const struct hop *hop,
		  const struct audit_packet *packet, struct passage *passage);

#endif
