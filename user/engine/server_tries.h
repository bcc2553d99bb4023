/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The STUN and TURN servers that a host has asked of late, and what came of each. */
#ifndef P2PSCOPE_ENGINE_SERVER_TRIES_H
#define P2PSCOPE_ENGINE_SERVER_TRIES_H

#include "p2pscope/types.h"

enum try_kind {
	TRY_BINDING, /* a reflexive address was asked for */
	TRY_RELAY, /* an allocation was, or a TCP connection that leads to one */
	TRY_TLS, /* the same inside TLS: what comes of it cannot be read */
};

enum try_outcome {
	TRY_WAITS,
	TRY_ANSWERED, /* with success */
	TRY_LOST, /* refused for good, reset, or dropped by this gateway */
};

/* One server, over one transport: apart what is asked for an address and what for a relay. */
struct server_try {
	struct endpoint server;
	u8 proto, kind, outcome; /* enum try_kind, enum try_outcome */
	u8 vain; /* requests of one socket since the server last said anything, as far as told */
	u64 at_ns; /* when it was last asked, or the outcome came */
};

#define SERVER_TRIES 8 /* a new server takes the place of the one that was asked longest ago */

/* All zero: none. Free `list` at the end. */
struct server_tries {
	struct server_try *list;
	u32 count;
};

/*
 * Notes that a request went to a server: what came of an earlier one counts no more. `again`: its
 * socket had asked before, or is connected, and so is not one of many that somebody made up.
 */
void server_asked(struct server_tries *tries, const struct endpoint *server, u8 proto,
		  enum try_kind kind, bool again, u64 now_ns);
/* Notes that a server said something that is not the end of it: 401, 438. */
void server_heard(struct server_tries *tries, const struct endpoint *server, u8 proto);
/* Notes what came of such requests. */
void server_replied(struct server_tries *tries, const struct endpoint *server, u8 proto,
		    enum try_kind kind, enum try_outcome outcome, u64 now_ns);
/* Notes that all that was sent to a server is lost: it is dropped here, or its connection reset. */
void server_lost(struct server_tries *tries, const struct endpoint *server, u8 proto, u64 now_ns);

/*
 * Returns whether a relay may come yet: it was asked for less than RELAY_WAITS_NS ago and nothing
 * came of it, or inside TLS within TRIES_WINDOW_NS.
 */
bool relay_is_awaited(const struct server_tries *tries, u64 now_ns);
/* Returns whether servers were asked within TRIES_WINDOW_NS, and all of those are lost. */
bool servers_are_lost(const struct server_tries *tries, u64 now_ns);

/*
 * Returns whether any server has answered with success within TRIES_WINDOW_NS; and the server that
 * was asked last, if none that was asked within such a time before answered for as long as a client
 * waits (RFC 8489 sections 6.2.1 and 6.2.2), else NULL.
 */
bool servers_have_answered(const struct server_tries *tries, u64 now_ns);
const struct server_try *servers_are_silent(const struct server_tries *tries, u64 now_ns);

/* Returns how often servers were asked again over UDP in vain; 0 if any of them has answered. */
u32 servers_vain_udp(const struct server_tries *tries);

/*
 * Three transmissions of a request over UDP (RFC 8489 section 6.2.1), the second SYN of a TCP
 * connection (RFC 6298 section 2) and its answer.
 */
#define RELAY_WAITS_NS (3 * NS_PER_S)
#define TRIES_WINDOW_NS (60 * NS_PER_S)

#endif
