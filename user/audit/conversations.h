/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The conversations that WebRTC needs a gateway to let through, step by step. */
#ifndef P2PSCOPE_AUDIT_CONVERSATIONS_H
#define P2PSCOPE_AUDIT_CONVERSATIONS_H

#include "audit/payloads.h"

enum step_kind {
	STEP_OUT, /* from the host */
	STEP_IN, /* back to the host */
	/* from an uncontacted endpoint to the address from which the host's packets left */
	STEP_IN_OTHER,
	/* from a router outside: an ICMP error about this step's packet, as if the host sent it */
	STEP_TOO_BIG,
};

struct conversation_step {
	const char *name; /* for people; NULL ends a list of steps */
	u8 kind; /* enum step_kind */
	u8 flags; /* of TCP */
	payload_fn *payload; /* NULL: none */
};

struct audit_conversation {
	u8 test; /* enum audit_test */
	u8 proto; /* PROTO_UDP or PROTO_TCP */
	bool with_server; /* else with the peer */
	bool whole; /* packets must not be fragmented */
	u16 host_port, remote_port;
	const struct conversation_step *steps;
};

/* All of them; the last one has no steps. A test may have several, all of which must pass. */
extern const struct audit_conversation conversations[];

#endif
