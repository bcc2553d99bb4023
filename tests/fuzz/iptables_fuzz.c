/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables as iptables-save(8) writes them: their rules, and the lines that made these. */
#include "text.h"
#include "shadow/iptables_save.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct ruleset ruleset = {0};
	struct rule rule;

	hold(!iptables_save_index(&ruleset, "ip", text));
	hold(!ruleset.nrules || iptables_save_has_rules(text) || !strncmp(text, "-A ", 3));
	hold_rules_within(&ruleset, text, size);
	for (size_t i = 0; i < ruleset.nrules; i++) {
		ruleset_describe(&ruleset.rules[i], &rule);
		if (iptables_save_line((struct span){text, size}, &ruleset, &rule))
			hold(*rule.text == '-' && !strchr(rule.text, '\n'));
	}
	free(ruleset.rules);
	free(text);
	return 0;
}
