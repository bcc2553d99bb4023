/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the fuzzers of texts share. */
#ifndef P2PSCOPE_TESTS_FUZZ_TEXT_H
#define P2PSCOPE_TESTS_FUZZ_TEXT_H

#include "fuzz.h"
#include "shadow/ruleset_listing.h"

/* Returns the input with a NUL behind it, to be freed with free(). */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	hold(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

static inline void hold_within(const struct span *span, const char *text, size_t size)
{
	hold(!span->length || (span->at >= text && span->length <= size &&
			       (size_t)(span->at - text) <= size - span->length));
}

/* The names and texts of all rules lie within the text that they were found in. */
static inline void hold_rules_within(const struct ruleset *ruleset, const char *text, size_t size)
{
	for (size_t i = 0; i < ruleset->nrules; i++) {
		const struct listed_rule *rule = &ruleset->rules[i];

		hold_within(&rule->table, text, size);
		hold_within(&rule->chain, text, size);
		if (rule->handle)
			hold_within(&rule->text, text, size);
	}
}

#endif
