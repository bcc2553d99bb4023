/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/live/conntrack_table.h"

#define NUMBER_BYTES 32
#define STAT_BYTES 65536 /* some 200 a processor */

void conntrack_files_open(struct conntrack_files *files)
{
	files->entries = open("/proc/sys/net/netfilter/nf_conntrack_count", O_RDONLY | O_CLOEXEC);
	files->limit = open("/proc/sys/net/netfilter/nf_conntrack_max", O_RDONLY | O_CLOEXEC);
	files->stat = open("/proc/net/stat/nf_conntrack", O_RDONLY | O_CLOEXEC);
}

static void close_file(int fd)
{
	if (fd >= 0)
		close(fd);
}

void conntrack_files_close(struct conntrack_files *files)
{
	close_file(files->entries);
	close_file(files->limit);
	close_file(files->stat);
}

/* Reads a file from its beginning. What it has not is an empty string. */
static void read_text(int fd, char *text, size_t size)
{
	size_t have = 0;
	ssize_t got = 1;

	while (got > 0 && have < size - 1) {
		got = pread(fd, text + have, size - 1 - have, (off_t)have);
		have += got > 0 ? (size_t)got : 0;
	}
	text[have] = '\0';
}

static u32 read_number(int fd)
{
	char text[NUMBER_BYTES];

	read_text(fd, text, sizeof(text));
	return (u32)strtoul(text, NULL, 10);
}

/* Which columns are wanted, by the head line: kernels differ in what stands between them. */
struct stat_columns {
	int drop, early_drop;
};

static struct stat_columns find_columns(char *line)
{
	struct stat_columns at = {-1, -1};
	char *rest = NULL, *word = strtok_r(line, " ", &rest);

	for (int i = 0; word; i++, word = strtok_r(NULL, " ", &rest)) {
		if (!strcmp(word, "drop"))
			at.drop = i;
		else if (!strcmp(word, "early_drop"))
			at.early_drop = i;
	}
	return at;
}

static void add_columns(char *line, const struct stat_columns *at, struct conntrack_table *table)
{
	char *rest = NULL, *word = strtok_r(line, " ", &rest);

	for (int i = 0; word; i++, word = strtok_r(NULL, " ", &rest)) {
		if (i == at->drop)
			table->drops += strtoul(word, NULL, 16);
		else if (i == at->early_drop)
			table->early_drops += strtoul(word, NULL, 16);
	}
}

void conntrack_stat_read(char *text, struct conntrack_table *table)
{
	char *rest = NULL, *line = strtok_r(text, "\n", &rest);
	struct stat_columns at;

	if (!line)
		return;
	at = find_columns(line);
	while ((line = strtok_r(NULL, "\n", &rest)))
		add_columns(line, &at, table);
}

void conntrack_files_read(const struct conntrack_files *files, struct conntrack_table *table)
{
	char text[STAT_BYTES];

	table->entries = read_number(files->entries);
	table->limit = read_number(files->limit);
	read_text(files->stat, text, sizeof(text));
	conntrack_stat_read(text, table);
}
