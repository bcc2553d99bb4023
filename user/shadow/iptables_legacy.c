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
#include "shadow/iptables_save.h"
#include "shadow/subprocess.h"
#include "util/text.h"

#define NAMES_BYTES 512
#define TABLE_NAME 32

static const struct legacy_family {
	int number; /* AF_INET, AF_INET6 */
	const char *word, *names, *program;
} legacy_families[LEGACY_FAMILIES] = {
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
		legacy->names[i] = open(legacy_families[i].names, O_RDONLY | O_CLOEXEC);
}

/* --- reading --- */

static bool is_listed(const struct ruleset *running, const char *family, const char *table)
{
	char head[TABLE_NAME + 32];

	snprintf(head, sizeof(head), "table %s %s {", family, table);
	for (const char *at = running->text; (at = strstr(at, head)); at++)
		if (at == running->text || at[-1] == '\n')
			return true;
	return false;
}

static void read_table(struct legacy_tables *legacy, const struct legacy_family *family,
		       const char *name, const struct ruleset *running, FILE *all)
{
	const char *const argv[] = {family->program, "-t", name, NULL};
	char *table, *error;
	int status = subprocess_run(argv, (struct span){0}, &table, &error);

	if (status == -ENOENT)
		legacy_explain(legacy,
			       "rules of iptables-legacy are not known: %s is not installed",
			       family->program);
	else if (status)
		legacy_explain(legacy, "rules of iptables-legacy are not known: %s fails",
			       family->program);
	else if (iptables_save_has_rules(table) && is_listed(running, family->word, name))
		legacy_explain(
			legacy,
			"both nftables and iptables-legacy have a table %s %s: which one drops it?",
			family->word, name);
	else if (iptables_save_has_rules(table))
		fputs(table, all);
	if (status < 0)
		return;
	free(table);
	free(error);
}

/*
 * Reads the tables named in the kernel's file, one a line. The file stays that of the namespace in
 * which it was opened; pread() from 0 reads it anew.
 */
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
			read_table(legacy, &legacy_families[i], name, running, all);
	return fclose(all) ? -ENOMEM : 0;
}

int legacy_read(struct legacy_tables *legacy, struct ruleset *running)
{
	int err = 0;

	for (size_t i = 0; !err && i < LEGACY_FAMILIES; i++)
		err = read_family(legacy, i, running);
	for (size_t i = 0; !err && !legacy->why_not[0] && i < LEGACY_FAMILIES; i++)
		if (legacy->texts[i])
			err = iptables_save_index(running, legacy_families[i].word,
						  legacy->texts[i]);
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

static void load_family(struct legacy_tables *legacy, const struct legacy_family *family,
			const char *text)
{
	char why[REASON_TEXT], plain[REASON_TEXT];
	int err =
		iptables_load(family->number, (struct span){text, strlen(text)}, why, sizeof(why));

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
			load_family(legacy, &legacy_families[i], legacy->texts[i]);
	return !legacy->why_not[0];
}
