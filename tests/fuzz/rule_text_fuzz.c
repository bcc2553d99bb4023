/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The text of a rule, as nft(8) or iptables-save(8) writes it. */
#include "text.h"
#include "shadow/rule_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), small[16], large[4096];
	const struct span span = {text, size};

	rule_text_can_drop(span);
	rule_text_queue_is_fixed(text);
	rule_text_write(small, sizeof(small), &span);
	hold(strlen(small) < sizeof(small) && !strchr(small, '\n'));
	rule_text_write(large, sizeof(large), &span);
	hold(strlen(large) <= size && !strchr(large, '\n'));
	free(text);
	return 0;
}
