/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is said in each conversation that WebRTC needs. */
#ifndef P2PSCOPE_AUDIT_CONVERSATIONS_H
#define P2PSCOPE_AUDIT_CONVERSATIONS_H
#include "audit/payloads.h"

enum step_kind {
	STEP_OUT, /* from the host */
	STEP_IN, /* back to it */
	STEP_IN_OTHER, /* to where the host's packets came out, from somebody else */
	/*
	 * from a router there: the packet that is made here, sent by the host before, was too big
	 */
	STEP_TOO_BIG,
};

struct conversation_step {
	const char *name;
	u8 kind; /* enum step_kind */
	u8 flags; /* of TCP */
	payload_fn *payload; /* NULL: none */
};

struct audit_conversation {
	u8 test; /* enum audit_test */
	u8 proto; /* PROTO_UDP or PROTO_TCP */
	bool with_server; /* else with the peer */
	bool whole; /* no packet is to be fragmented */
	u16 host_port, remote_port;
	const struct conversation_step *steps; /* up to one without a name */
};

/* All of them, up to one without steps; a need may have several. */
extern const struct audit_conversation conversations[];

#endif
