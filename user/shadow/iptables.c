/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "shadow/iptables.h"
#include "shadow/subprocess.h"

#define BLANKS " \t"

/* --- loading --- */

/* "NAME v1.8.9 (nf_tables): NAME: what is wrong", with either name or both, to "what is wrong". */
static const char *without_name(const char *line, const char *name)
{
	const char *end;

	while (!strncmp(line, name, strlen(name)) && (end = strstr(line, ": ")))
		line = end + 2;
	return line;
}

/*
 * The first line that is no warning; the number of the line that it is about may come in a later
 * one.
 */
static void describe_restore_error(const char *printed, const char *name, char *why, size_t size)
{
	const char *line = printed, *number = strstr(printed, "at line: ");
	int length;

	while (*line == '#')
		line += strcspn(line, "\n") + (strchr(line, '\n') ? 1 : 0);
	line = without_name(line, name);
	length = (int)strcspn(line, "\n");
	if (number)
		snprintf(why, size, "line %lu: %.*s",
			 strtoul(number + strlen("at line: "), NULL, 10), length, line);
	else
		snprintf(why, size, "%.*s", length, line);
}

int iptables_load(int family, struct span text, char *why, size_t size)
{
	const char *const argv[] = {
		family == AF_INET ? "iptables-nft-restore" : "ip6tables-nft-restore", NULL};
	char *out, *error;
	int status;

	why[0] = '\0';
	status = subprocess_run(argv, text, &out, &error);
	if (status < 0)
		return status;
	if (status)
		describe_restore_error(error, argv[0], why, size);
	free(out);
	free(error);
	return status ? -EINVAL : 0;
}

/* --- the line of a rule --- */

static struct span saved_line(struct span *text)
{
	const char *end = memchr(text->at, '\n', text->length);
	struct span line = span_take(text, end ? (size_t)(end - text->at) : text->length);

	span_take(text, end ? 1 : 0);
	while (line.length && strchr(BLANKS, *line.at))
		span_take(&line, 1);
	while (line.length && strchr(BLANKS, line.at[line.length - 1]))
		line.length--;
	return line;
}

/* Takes the next one off the front; it may be in quotes, in part or as a whole. */
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

/* A rule has one source and one destination: a line with lists of them makes more rules. */
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

/* Where the reader is: in the rule's table or another one. */
struct line_search {
	const struct rule *rule;
	u32 before; /* rules of its chain that stand before it */
	u32 made; /* so far, by the lines of its chain */
	bool inside, certain;
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

/* A table that comes twice is flushed in between. Counters come first: "[12:3456] -A …". */
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

bool iptables_line(struct span text, const struct ruleset *listed, struct rule *rule)
{
	struct line_search search = {.rule = rule};
	u32 all;

	if (!ruleset_place(listed, rule, &search.before, &all))
		return false;
	while (text.length)
		search_line(&search, saved_line(&text));
	if (!search.certain || !search.found.length || search.made != all)
		return false;
	snprintf(rule->text, sizeof(rule->text), "%.*s", (int)search.found.length, search.found.at);
	return true;
}
