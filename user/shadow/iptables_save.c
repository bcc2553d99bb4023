/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shadow/iptables_save.h"

#define BLANKS " \t"
#define APPEND "-A "
#define DROPS " DROP [" /* of a chain's line: its policy drops */

/* --- the rules of a text --- */

bool iptables_save_has_rules(const char *table)
{
	return strstr(table, "\n" APPEND) || strstr(table, DROPS);
}

/* iptables-save lists the rules chain by chain. */
static int index_rule(struct ruleset *ruleset, struct listed_rule *last, const struct span *line)
{
	const char *name = line->at + strlen(APPEND);
	struct span chain = {name, strcspn(name, " \n")};

	if (!span_same(&chain, &last->chain))
		last->handle = 0;
	last->position = (u32)last->handle++;
	last->chain = chain;
	last->text = *line;
	return ruleset_add(ruleset, last);
}

int iptables_save_index(struct ruleset *ruleset, const char *family, const char *text)
{
	struct listed_rule last = {.family = {family, strlen(family)}};
	struct span rest = {text, strlen(text)};
	int err = 0;

	while (!err && rest.length) {
		struct span line = span_line(&rest);

		if (span_begins(&line, "*")) {
			last.table = (struct span){line.at + 1, line.length - 1};
			last.chain.length = 0;
		} else if (span_begins(&line, ":") &&
			   memmem(line.at, line.length, DROPS, strlen(DROPS))) {
			struct span chain = {line.at + 1, strcspn(line.at + 1, " ")};

			err = ruleset_add_policy(ruleset, last.family, last.table, chain);
		} else if (span_begins(&line, APPEND)) {
			err = index_rule(ruleset, &last, &line);
		}
	}
	return err;
}

/* --- the line of a rule --- */

static struct span saved_line(struct span *text)
{
	struct span line = span_line(text);

	while (line.length && strchr(BLANKS, *line.at))
		span_take(&line, 1);
	while (line.length && strchr(BLANKS, line.at[line.length - 1]))
		line.length--;
	return line;
}

/* Takes the next argument off the front; it may be in quotes, in part or as a whole. */
static struct span next_argument(struct span *line)
{
	bool quoted = false;
	size_t length = 0;

	while (line->length && strchr(BLANKS, *line->at))
		span_take(line, 1);
	for (; length < line->length && (quoted || !strchr(BLANKS, line->at[length])); length++) {
		if (line->at[length] == '"')
			quoted = !quoted;
		else if (line->at[length] == '\\' && length + 1 < line->length)
			length++;
	}
	return span_take(line, length);
}

static bool is_one_of(const struct span *argument, const char *const *names)
{
	while (*names && !span_equal(argument, *names))
		names++;
	return *names;
}

static u32 addresses_in(struct span list)
{
	u32 count = 1;

	for (; list.length; span_take(&list, 1))
		count += *list.at == ',';
	return count;
}

/*
 * Returns how many rules a line makes: a rule has one source and one destination, so a line with
 * lists of them makes one for each pair.
 */
static u32 rules_made(struct span arguments)
{
	static const char *const lists[] = {"-s",    "--source", "--src", "-d", "--destination",
					    "--dst", NULL};
	u32 count = 1;

	while (arguments.length) {
		struct span argument = next_argument(&arguments);

		if (is_one_of(&argument, lists))
			count *= addresses_in(next_argument(&arguments));
	}
	return count;
}

/* The search for the line that made `rule`. */
struct line_search {
	const struct rule *rule;
	u32 before; /* rules of its chain before it */
	u32 made; /* rules of its chain that the lines so far made */
	bool inside; /* the table at hand is the rule's */
	bool certain; /* that table has no line of unknown effect */
	struct span found;
};

static void search_command(struct line_search *search, struct span line)
{
	static const char *const append[] = {"-A", "--append", NULL};
	static const char *const harmless[] = {"-N", "--new-chain", "-P", "--policy", NULL};
	struct span rest = line, command = next_argument(&rest), chain = next_argument(&rest);
	u32 made;

	if (!is_one_of(&command, append)) {
		search->certain &= is_one_of(&command, harmless);
	} else if (span_equal(&chain, search->rule->chain)) {
		made = rules_made(rest);
		if (search->before >= search->made && search->before - search->made < made)
			search->found = line;
		search->made += made;
	}
}

/*
 * A table that comes twice replaces its first occurrence. A rule may have counters in front:
 * "[12:3456] -A ...".
 */
static void search_line(struct line_search *search, struct span line)
{
	if (span_begins(&line, "*")) {
		span_take(&line, 1);
		search->inside = span_equal(&line, search->rule->table);
		if (search->inside) {
			search->made = 0;
			search->certain = true;
			search->found = (struct span){0};
		}
	} else if (search->inside) {
		if (span_begins(&line, "["))
			next_argument(&line);
		while (line.length && strchr(BLANKS, *line.at))
			span_take(&line, 1);
		if (span_begins(&line, "-"))
			search_command(search, line);
	}
}

bool iptables_save_line(struct span text, const struct ruleset *listed, struct rule *rule)
{
	struct line_search search = {.rule = rule};
	u32 all;

	if (!rule->handle || !ruleset_place(listed, rule, &search.before, &all))
		return false;
	while (text.length)
		search_line(&search, saved_line(&text));
	if (!search.certain || !search.found.length || search.made != all)
		return false;
	snprintf(rule->text, sizeof(rule->text), "%.*s", (int)search.found.length, search.found.at);
	return true;
}
