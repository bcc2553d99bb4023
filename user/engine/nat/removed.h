/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Conntrack entries that were removed before their time. The next packet from inside makes a new
 * entry, which no event reports while the outside endpoint is the same: so it is asked for.
 */
#ifndef P2PSCOPE_ENGINE_NAT_REMOVED_H
#define P2PSCOPE_ENGINE_NAT_REMOVED_H

#include <stdbool.h>
#include <stddef.h>

#include "p2pscope/conntrack.h"

struct nat;
struct nat_remote_key;

/* Returns the question to conntrack about a 5-tuple of the inside. */
struct conntrack conntrack_question(const struct nat_remote_key *key);

/* Notes that the entry of this 5-tuple was removed; of too many the oldest makes room. */
void nat_removed_add(struct nat *nat, const struct nat_remote_key *key, u64 now_ns);
/*
 * Fills in the questions about removed entries whose turn it is, each once a second. Returns how
 * many of `room` were filled.
 */
size_t nat_removed_ask(struct nat *nat, struct conntrack *questions, size_t room, u64 now_ns);
/* There is an entry again: returns whether such a one was removed, and forgets that. */
bool nat_removed_returns(struct nat *nat, const struct conntrack *question);
/* Forgets those that have not come back in time. */
void nat_removed_expire(struct nat *nat, u64 now_ns);
void nat_removed_free(struct nat *nat);

#endif
