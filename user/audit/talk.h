/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A conversation through a gateway, as far as it has come. */
#ifndef P2PSCOPE_AUDIT_TALK_H
#define P2PSCOPE_AUDIT_TALK_H

#include "p2pscope/types.h"

struct talk {
	u8 version; /* 4 or 6 */
	u8 proto; /* PROTO_UDP or PROTO_TCP */
	struct endpoint host, remote; /* as the host sees itself and who it talks to */
	struct endpoint outside, far; /* the same, as what the host sent came out of the gateway */
	struct endpoint peer; /* who the host talks to through a relay */
	struct endpoint other; /* nobody that the host has sent anything to */
	/* of TCP: the sequence numbers that come next, from the host and to it */
	u32 sent, received;
};

#endif
