/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shadow/iptables.h"
#include "shadow/iptables_legacy.h"
#include "shadow/subprocess.h"
#include "util/text.h"

#define NAMES_BYTES 512
#define TABLE_NAME 32
#define APPEND "-A "
#define DROPS " DROP [" /* a policy */

static const struct legacy_family {
	int family;
	const char *word, *names, *program;
} kinds[LEGACY_FAMILIES] = {
	{AF_INET, "ip", "/proc/net/ip_tables_names", "iptables-legacy-save"},
	{AF_INET6, "ip6", "/proc/net/ip6_tables_names", "ip6tables-legacy-save"},
};

__attribute__((format(printf, 2, 3))) static void legacy_explain(struct legacy_tables *legacy,
								 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(legacy->why_not, sizeof(legacy->why_not), format, args);
	va_end(args);
}

void legacy_open(struct legacy_tables *legacy)
{
	for (size_t i = 0; i < LEGACY_FAMILIES; i++)
		legacy->names[i] = open(kinds[i].names, O_RDONLY | O_CLOEXEC);
}

/* --- reading --- */

/* A table is there as soon as somebody has looked at it. */
static bool does_something(const char *table)
{
	return strstr(table, "\n" APPEND) || strstr(table, DROPS);
}

static bool is_in(const struct ruleset *running, const char *family, const char *table)
{
	char head[TABLE_NAME + 32];

	snprintf(head, sizeof(head), "table %s %s {", family, table);
	for (const char *at = running->text; (at = strstr(at, head)); at++)
		if (at == running->text || at[-1] == '\n')
			return true;
	return false;
}

static void read_table(struct legacy_tables *legacy, const struct legacy_family *kind,
		       const char *name, const struct ruleset *running, FILE *all)
{
	const char *const argv[] = {kind->program, "-t", name, NULL};
	char *table, *error;
	int status = subprocess_run(argv, (struct span){0}, &table, &error);

	if (status == -ENOENT)
		legacy_explain(legacy,
			       "rules of iptables-legacy are not known: %s is not installed",
			       kind->program);
	else if (status)
		legacy_explain(legacy, "rules of iptables-legacy are not known: %s fails",
			       kind->program);
	else if (does_something(table) && is_in(running, kind->word, name))
		legacy_explain(
			legacy,
			"both nftables and iptables-legacy have a table %s %s: which one drops it?",
			kind->word, name);
	else if (does_something(table))
		fputs(table, all);
	if (status < 0)
		return;
	free(table);
	free(error);
}

/* Line by line. The file begins anew: it is the kernel's, of the namespace where it was opened. */
static int read_family(struct legacy_tables *legacy, size_t i, const struct ruleset *running)
{
	char names[NAMES_BYTES + 1], *rest = names, *name;
	ssize_t length = pread(legacy->names[i], names, NAMES_BYTES, 0);
	size_t size = 0;
	FILE *all;

	if (length <= 0)
		return 0;
	names[length] = '\0';
	all = open_memstream(&legacy->texts[i], &size);
	if (!all)
		return -ENOMEM;
	while (!legacy->why_not[0] && (name = strsep(&rest, "\n")))
		if (*name)
			read_table(legacy, &kinds[i], name, running, all);
	return fclose(all) ? -ENOMEM : 0;
}

/* --- their rules --- */

/* Rules come chain by chain. */
static int index_rule(struct ruleset *running, struct listed_rule *last, const struct span *line)
{
	const char *name = line->at + strlen(APPEND);
	struct span chain = {name, strcspn(name, " \n")};

	if (!span_same(&chain, &last->chain))
		last->handle = 0;
	last->position = (u32)last->handle++;
	last->chain = chain;
	last->text = *line;
	return ruleset_add(running, last);
}

static int index_text(struct ruleset *running, const struct legacy_family *kind, const char *text)
{
	struct listed_rule last = {.family = {kind->word, strlen(kind->word)}};
	int err = 0;

	while (!err && *text) {
		struct span line = {text, strcspn(text, "\n")};

		text += line.length + (text[line.length] == '\n');
		if (span_begins(&line, "*")) {
			last.table = (struct span){line.at + 1, line.length - 1};
			last.chain.length = 0;
		} else if (span_begins(&line, ":") &&
			   memmem(line.at, line.length, DROPS, strlen(DROPS))) {
			struct span chain = {line.at + 1, strcspn(line.at + 1, " ")};

			err = ruleset_add_policy(running, last.family, last.table, chain);
		} else if (span_begins(&line, APPEND)) {
			err = index_rule(running, &last, &line);
		}
	}
	return err;
}

int legacy_read(struct legacy_tables *legacy, struct ruleset *running)
{
	int err = 0;

	for (size_t i = 0; !err && i < LEGACY_FAMILIES; i++)
		err = read_family(legacy, i, running);
	for (size_t i = 0; !err && !legacy->why_not[0] && i < LEGACY_FAMILIES; i++)
		if (legacy->texts[i])
			err = index_text(running, &kinds[i], legacy->texts[i]);
	return err;
}

void legacy_free(struct legacy_tables *legacy)
{
	for (size_t i = 0; i < LEGACY_FAMILIES; i++) {
		free(legacy->texts[i]);
		legacy->texts[i] = NULL;
	}
	legacy->why_not[0] = '\0';
}

/* --- loading --- */

static void load_family(struct legacy_tables *legacy, const struct legacy_family *kind,
			const char *text)
{
	char why[REASON_TEXT], plain[REASON_TEXT];
	int err = iptables_load(kind->family, (struct span){text, strlen(text)}, why, sizeof(why));

	if (err == -ENOENT)
		legacy_explain(
			legacy,
			"no iptables-legacy in the shadow: iptables-nft-restore is not installed");
	else if (err)
		legacy_explain(legacy, "no iptables-legacy in the shadow: %s",
			       *why ? text_bytes(plain, sizeof(plain), (const u8 *)why, strlen(why))
				    : strerror(-err));
}

bool legacy_load(struct legacy_tables *legacy)
{
	if (legacy->why_not[0])
		return true;
	for (size_t i = 0; !legacy->why_not[0] && i < LEGACY_FAMILIES; i++)
		if (legacy->texts[i] && *legacy->texts[i])
			load_family(legacy, &kinds[i], legacy->texts[i]);
	return !legacy->why_not[0];
}
