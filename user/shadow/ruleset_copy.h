/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A ruleset as the kernel tells it, message by message, and told to another namespace's kernel.
 * Other than the listing of nft(8) it has what only iptables-nft can write: matches and targets of
 * xtables.
 */
#ifndef P2PSCOPE_SHADOW_RULESET_COPY_H
#define P2PSCOPE_SHADOW_RULESET_COPY_H
#include "shadow/netlink_batch.h"

/* Reads the one of the namespace that the caller is in. -errno. */
int ruleset_copy_read(struct netlink_batch *copy);

/*
 * Adds it to the ruleset of the namespace that the caller is in. -errno: some of it may be there
 * then.
 */
int ruleset_copy_load(const struct netlink_batch *copy);

#endif
