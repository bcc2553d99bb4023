/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A ruleset as nft(8) lists it. */
#include "text.h"

static void find_again(const struct ruleset *ruleset, const struct listed_rule *listed)
{
	struct rule rule;
	u32 before = 0, all = 0;

	ruleset_describe(listed, &rule);
	hold(strlen(rule.text) < sizeof(rule.text) && !strchr(rule.text, '\n'));
	hold(!ruleset_place(ruleset, &rule, &before, &all) || !rule.handle || all);
	ruleset_translate(ruleset, ruleset, &rule);
	hold(strlen(rule.text) < sizeof(rule.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset ruleset = {.text = fuzz_text(data, size)};

	hold(!ruleset_index(&ruleset));
	hold_rules_within(&ruleset, ruleset.text, size);
	for (size_t i = 0; i < ruleset.nrules; i++)
		find_again(&ruleset, &ruleset.rules[i]);
	free(ruleset.rules);
	free(ruleset.text);
	return 0;
}
