/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A ruleset as the kernel reports it in netlink messages, sent to another namespace. Unlike
 * nft(8)'s listing it has what only iptables-nft can write: matches and targets of xtables.
 */
#ifndef P2PSCOPE_SHADOW_RULESET_COPY_H
#define P2PSCOPE_SHADOW_RULESET_COPY_H

#include "shadow/netlink_batch.h"

/* Reads the ruleset of the caller's network namespace into an empty batch. Returns 0 or -errno. */
int ruleset_copy_read(struct netlink_batch *copy);

/*
 * Adds it to the ruleset of the caller's network namespace. Returns 0, or -errno, and then a part
 * of it may have been added.
 */
int ruleset_copy_load(const struct netlink_batch *copy);

#endif
