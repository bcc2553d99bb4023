/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A ruleset as nft(8) lists it with handles, and an index of its rules. The functions only parse
 * text: any bytes may be in it.
 */
#ifndef P2PSCOPE_SHADOW_RULESET_LISTING_H
#define P2PSCOPE_SHADOW_RULESET_LISTING_H

#include "engine/engine.h"
#include "shadow/span.h"

/* The spans lie in the text that was read. */
struct listed_rule {
	struct span family, table, chain;
	u32 position; /* in its chain, from 0 */
	u64 handle; /* 0: the policy of a chain, which drops */
	struct span text; /* without the handle; may have several lines */
};

struct ruleset {
	char *text;
	u32 generation; /* when reading began */
	struct listed_rule *rules;
	size_t nrules;
};

/* Finds the rules in ruleset->text. Returns 0 or -ENOMEM. */
int ruleset_index(struct ruleset *ruleset);

/* Writes a listed rule out, its text in one line and without the numbers of its counter. */
void ruleset_describe(const struct listed_rule *listed, struct rule *rule);

/* Adds a rule, or the policy of a chain, to the index. Return 0 or -ENOMEM. */
int ruleset_add(struct ruleset *ruleset, const struct listed_rule *rule);
int ruleset_add_policy(struct ruleset *ruleset, struct span family, struct span table,
		       struct span chain);

/*
 * Turns a rule of the ruleset `copy`, known by family, table, chain and handle, into the one at the
 * same position in `ruleset`: writes that one's handle and text. A policy (handle 0) only gets its
 * text. Returns whether there is one.
 */
bool ruleset_translate(const struct ruleset *ruleset, const struct ruleset *copy,
		       struct rule *rule);

/*
 * Counts the rules `before` a rule in its chain, and `all` rules of the chain. The rule is known by
 * family, table, chain and handle. Returns whether there is one.
 */
bool ruleset_place(const struct ruleset *ruleset, const struct rule *rule, u32 *before, u32 *all);

#endif
