/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ruleset of nftables in the caller's network namespace, read and changed through nft(8)'s
 * library. A listing can be loaded again: handles are comments in it.
 */
#ifndef P2PSCOPE_SHADOW_RULESET_H
#define P2PSCOPE_SHADOW_RULESET_H

#include "shadow/ruleset_listing.h"

#define REASON_TEXT 96 /* bytes of a text that says why no rule can be named, with its NUL */

/* Reads the ruleset. Returns 0, -E2BIG when it is longer than a shadow's may be, or -errno. */
int ruleset_read(struct ruleset *ruleset);
void ruleset_free(struct ruleset *ruleset);

/*
 * Runs the commands of `text`, or adds the tables of a listing, all or nothing. Returns 0, -EINVAL
 * when they are refused, or -ENOMEM.
 */
int ruleset_load(const char *text);

/*
 * Reads the number of the ruleset, which changes whenever somebody else changes the ruleset
 * (NFT_MSG_GETGEN). Returns 0 or -errno.
 */
int ruleset_generation(u32 *generation);

/* Says that this process has changed the ruleset once: ruleset_generation() leaves that out. */
void ruleset_count_own_change(void);

#endif
