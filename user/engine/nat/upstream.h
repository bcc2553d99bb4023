/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The NAT further out. XOR-MAPPED-ADDRESS (RFC 8489 section 14.2) tells where a server or peer saw
 * a packet come from. Where that is not what left our WAN, somebody further out has translated it
 * (RFC 4787 REQ-9, RFC 6888).
 */
#ifndef P2PSCOPE_ENGINE_NAT_UPSTREAM_H
#define P2PSCOPE_ENGINE_NAT_UPSTREAM_H

#include "engine/hash_index.h"

struct nat;
struct flow;
struct upstream_socket;

/* Outside endpoints of ours, and what each is seen as further out. */
struct upstream_table {
	struct hash_index sockets;
	struct upstream_socket *heard; /* the longest unheard of first */
};

/* Returns 0 or -ENOMEM; upstream_free() is to be called in either case. */
int upstream_begin(struct upstream_table *table);
void upstream_free(struct upstream_table *table);
/* Forgets the sockets that were not heard of for long. */
void upstream_expire(struct upstream_table *table, u64 now_ns);

/* A server or peer reports where it saw a packet of a WAN flow come from, at `now_ns`. */
void upstream_report(struct nat *nat, const struct flow *wan, const struct endpoint *mapped,
		     u64 now_ns);

/* Returns what an outside endpoint of ours is seen as; NULL when that is not known or the same. */
const struct endpoint *upstream_mapped(const struct upstream_table *table, u8 proto,
				       const struct endpoint *outside);

#endif
