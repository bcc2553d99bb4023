/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A ruleset of nftables as nft(8) lists it with handles, and its rules in it. What is listed can be
 * loaded: handles are comments there.
 */
#ifndef P2PSCOPE_SHADOW_RULESET_H
#define P2PSCOPE_SHADOW_RULESET_H
#include "engine/engine.h"
#include "shadow/span.h"

#define REASON_TEXT 96 /* bytes of a text that says why no rule can be named, with its NUL */

struct listed_rule {
	struct span family, table, chain;
	u32 position; /* in its chain, from 0 */
	u64 handle; /* 0: it is no rule, but the policy of a chain that drops */
	struct span text; /* without its handle; may go over several lines */
};

struct ruleset {
	char *text;
	u32 generation; /* when it began to be read */
	struct listed_rule *rules;
	size_t nrules;
};

/*
 * Reads the one of the namespace that the caller is in. -E2BIG: longer than a shadow is made for.
 */
int ruleset_read(struct ruleset *ruleset);
void ruleset_free(struct ruleset *ruleset);

/*
 * Adds what the text says to the ruleset of the namespace that the caller is in, all or nothing.
 * -EINVAL: it is refused.
 */
int ruleset_load(const char *text);

/*
 * Gives a number of the ruleset, which is another one after each change of somebody else's. -errno.
 */
int ruleset_generation(u32 *generation);

/* Says that this process has just changed the ruleset. */
void ruleset_count_own_change(void);

/* Finds the rules in ruleset->text. -errno. */
int ruleset_index(struct ruleset *ruleset);

/*
 * Writes it in whole, its text in one line and without what its counter says. What does not fit is
 * cut.
 */
void ruleset_describe(const struct listed_rule *listed, struct rule *rule);

/* Adds one more rule to those. -ENOMEM. */
int ruleset_add(struct ruleset *ruleset, const struct listed_rule *rule);

/* Adds the policy of a chain, which drops. -ENOMEM. */
int ruleset_add_policy(struct ruleset *ruleset, struct span family, struct span table,
		       struct span chain);

/*
 * Finds in `ruleset` the rule that stands at the same place as the one with the family, table,
 * chain and handle of `rule` does in `copy`, and writes its handle and text there; of a policy
 * (handle 0) its text. Gives whether there is one.
 */
bool ruleset_translate(const struct ruleset *ruleset, const struct ruleset *copy,
		       struct rule *rule);

/*
 * Finds the rule with the family, table, chain and handle of `rule` and says how many of its chain
 * stand before it and how many there are. Gives whether there is one.
 */
bool ruleset_place(const struct ruleset *ruleset, const struct rule *rule, u32 *before, u32 *all);

#endif
