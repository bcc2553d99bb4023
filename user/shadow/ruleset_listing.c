/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parsing what `nft -a list ruleset` prints:
 *
 * 	table inet filter { # handle 3
 * 		chain forward { # handle 1
 * 			type filter hook forward priority filter; policy accept;
 * 			udp dport { 3478,
 * 				    19302 } drop comment "no calls" # handle 4
 * 		}
 * 	}
 *
 * In a chain a rule ends with its handle, outside of all braces; lines that end otherwise are about
 * the chain itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shadow/rule_text.h"
#include "shadow/ruleset_listing.h"

#define HANDLE " # handle "
#define POLICY "policy drop"

/* Where in a listing the parser is. */
struct listing_place {
	struct span family, table, chain;
	u32 position;
	const char *rule; /* start of an unfinished rule */
	int braces; /* open braces of that rule */
};

/* Takes the next word off the front. */
static struct span listing_word(struct span *line)
{
	struct span word;

	while (line->length && (*line->at == ' ' || *line->at == '\t'))
		line->at++, line->length--;
	word = *line;
	while (line->length && *line->at != ' ')
		line->at++, line->length--;
	word.length -= line->length;
	return word;
}

/* Returns opening less closing braces; those in quotes do not count. */
static int braces_in(const struct span *line)
{
	bool quoted = false;
	int count = 0;

	for (size_t i = 0; i < line->length; i++) {
		if (line->at[i] == '"')
			quoted = !quoted;
		else if (!quoted)
			count += (line->at[i] == '{') - (line->at[i] == '}');
	}
	return count;
}

/* Returns where the handle at the end of a line begins, or NULL. */
static const char *handle_of(const struct span *line, u64 *handle)
{
	const char *end = line->at + line->length, *digits = end;
	size_t length = strlen(HANDLE);

	while (digits > line->at && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	if (digits == end || (size_t)(digits - line->at) < length ||
	    memcmp(digits - length, HANDLE, length))
		return NULL;
	*handle = strtoull(digits, NULL, 10);
	return digits - length;
}

int ruleset_add(struct ruleset *ruleset, const struct listed_rule *rule)
{
	/* the array doubles whenever its length is a power of two */
	if (!(ruleset->nrules & (ruleset->nrules - 1))) {
		size_t room = ruleset->nrules ? 2 * ruleset->nrules : 1;
		struct listed_rule *rules = realloc(ruleset->rules, room * sizeof(*rules));

		if (!rules)
			return -ENOMEM;
		ruleset->rules = rules;
	}
	ruleset->rules[ruleset->nrules++] = *rule;
	return 0;
}

static int listing_add_rule(struct ruleset *ruleset, struct listing_place *place, const char *end,
			    u64 handle)
{
	const struct listed_rule rule = {
		.family = place->family,
		.table = place->table,
		.chain = place->chain,
		.position = place->position++,
		.handle = handle,
		/* a rule without expressions is nothing but blanks and its handle */
		.text = {place->rule, end > place->rule ? (size_t)(end - place->rule) : 0},
	};

	return ruleset_add(ruleset, &rule);
}

int ruleset_add_policy(struct ruleset *ruleset, struct span family, struct span table,
		       struct span chain)
{
	const struct listed_rule policy = {
		.family = family, .table = table, .chain = chain, .text = {POLICY, strlen(POLICY)}};

	return ruleset_add(ruleset, &policy);
}

/*
 * Returns whether the line is "type filter hook forward priority filter; policy drop;" or the like.
 */
static bool is_policy(const struct listing_place *place, const struct span *line)
{
	return !strncmp(place->rule, "type ", strlen("type ")) &&
	       memmem(line->at, line->length, "; " POLICY ";", strlen("; " POLICY ";"));
}

static int listing_read_chain_line(struct ruleset *ruleset, struct listing_place *place,
				   const struct span *line)
{
	const char *end;
	u64 handle;
	int err = 0;

	if (!place->rule) {
		place->rule = line->at + strspn(line->at, "\t ");
		place->braces = 0;
	}
	place->braces += braces_in(line);
	if (place->braces > 0)
		return 0;
	end = handle_of(line, &handle);
	if (end)
		err = listing_add_rule(ruleset, place, end, handle);
	else if (is_policy(place, line))
		err = ruleset_add_policy(ruleset, place->family, place->table, place->chain);
	place->rule = NULL;
	return err;
}

static int listing_read_line(struct ruleset *ruleset, struct listing_place *place, struct span line)
{
	if (span_begins(&line, "table ")) {
		listing_word(&line);
		place->family = listing_word(&line);
		place->table = listing_word(&line);
	} else if (!place->rule && span_begins(&line, "\tchain ")) {
		listing_word(&line);
		place->chain = listing_word(&line);
		place->position = 0;
	} else if (!place->rule && span_begins(&line, "\t}")) {
		place->chain.length = 0;
	} else if (place->chain.length) {
		return listing_read_chain_line(ruleset, place, &line);
	}
	return 0;
}

int ruleset_index(struct ruleset *ruleset)
{
	struct listing_place place = {0};
	struct span text = {ruleset->text, strlen(ruleset->text)};
	int err = 0;

	while (!err && text.length)
		err = listing_read_line(ruleset, &place, span_line(&text));
	return err;
}

static bool same_chain(const struct listed_rule *listed, const struct rule *rule)
{
	return span_equal(&listed->family, rule->family) &&
	       span_equal(&listed->table, rule->table) && span_equal(&listed->chain, rule->chain);
}

static const struct listed_rule *with_handle(const struct ruleset *ruleset, const struct rule *rule)
{
	for (size_t i = 0; i < ruleset->nrules; i++)
		if (ruleset->rules[i].handle == rule->handle &&
		    same_chain(&ruleset->rules[i], rule))
			return &ruleset->rules[i];
	return NULL;
}

static const struct listed_rule *at_position(const struct ruleset *ruleset, const struct rule *rule,
					     u32 position)
{
	for (size_t i = 0; i < ruleset->nrules; i++)
		if (ruleset->rules[i].handle && ruleset->rules[i].position == position &&
		    same_chain(&ruleset->rules[i], rule))
			return &ruleset->rules[i];
	return NULL;
}

static void copy_word(char *to, size_t size, const struct span *from)
{
	size_t length = from->length < size ? from->length : size - 1;

	if (length)
		memcpy(to, from->at, length);
	to[length] = '\0';
}

void ruleset_describe(const struct listed_rule *listed, struct rule *rule)
{
	*rule = (struct rule){.handle = listed->handle};
	copy_word(rule->family, sizeof(rule->family), &listed->family);
	copy_word(rule->table, sizeof(rule->table), &listed->table);
	copy_word(rule->chain, sizeof(rule->chain), &listed->chain);
	rule_text_write(rule->text, sizeof(rule->text), &listed->text);
}

bool ruleset_translate(const struct ruleset *ruleset, const struct ruleset *copy, struct rule *rule)
{
	const struct listed_rule *found;

	if (!rule->handle) {
		strcpy(rule->text, POLICY);
		return true;
	}
	found = with_handle(copy, rule);
	if (found)
		found = at_position(ruleset, rule, found->position);
	if (!found)
		return false;
	ruleset_describe(found, rule);
	return true;
}

bool ruleset_place(const struct ruleset *ruleset, const struct rule *rule, u32 *before, u32 *all)
{
	const struct listed_rule *found = with_handle(ruleset, rule);

	*all = 0;
	for (size_t i = 0; i < ruleset->nrules; i++)
		*all += ruleset->rules[i].handle && same_chain(&ruleset->rules[i], rule);
	if (found)
		*before = found->position;
	return found;
}
