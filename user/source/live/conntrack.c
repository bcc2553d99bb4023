/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "source/live/conntrack.h"
#include "util/log.h"
#include "util/time.h"

#define BATCHES 256 /* a second: 8192 entries */

/* Long enough to distinguish 250 from 256 ticks a second with readings that are two ticks off. */
#define MEASURE_NS (NS_PER_S / 2)

#define NUMBER_BYTES 32
#define STAT_BYTES 65536 /* some 200 bytes a processor */

/* Descriptors, opened before privileges are dropped; negative where the kernel has no such file. */
struct conntrack_files {
	int entries, limit, stat;
};

struct conntrack_source {
	int program;
	struct engine *engine;
	struct conntrack_files files;
	/* the first reading of the kernel's ticks, and the monotonic time of it */
	u64 first_ticks, first_ns;
	u32 hz; /* ticks a second; 0: not known yet */
	bool failed; /* a run of the program failed; logged once */
	struct conntrack questions[CONNTRACK_BATCH];
	struct conntrack_batch batch;
};

static void conntrack_files_open(struct conntrack_files *files)
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

static void conntrack_files_close(struct conntrack_files *files)
{
	close_file(files->entries);
	close_file(files->limit);
	close_file(files->stat);
}

/* Reads a file from its beginning; `text` is empty for a file that cannot be read. */
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

/* Finds the wanted columns by the head line: kernels differ in what is between them. */
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

static void conntrack_files_read(const struct conntrack_files *files, struct conntrack_table *table)
{
	char text[STAT_BYTES];

	table->entries = read_number(files->entries);
	table->limit = read_number(files->limit);
	read_text(files->stat, text, sizeof(text));
	conntrack_stat_read(text, table);
}

int conntrack_open(struct conntrack_source **out, int program, struct engine *engine)
{
	struct conntrack_source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;
	source->program = program;
	source->engine = engine;
	conntrack_files_open(&source->files);
	*out = source;
	return 0;
}

void conntrack_close(struct conntrack_source *source)
{
	if (!source)
		return;
	conntrack_files_close(&source->files);
	free(source);
}

/* Runs the program, which answers source->batch in place. Returns whether it ran. */
static bool conntrack_run_program(struct conntrack_source *source)
{
	struct conntrack_batch *batch = &source->batch;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = batch, .data_size_in = sizeof(*batch),
		    .data_out = batch, .data_size_out = sizeof(*batch));
	int err = bpf_prog_test_run_opts(source->program, &opts);

	if (err && !source->failed)
		log_debug("asking conntrack: %s", strerror(-err));
	source->failed = source->failed || err;
	return !err;
}

/*
 * The kernel does not export CONFIG_HZ. It has one of a few values, and the distance between two
 * readings says which.
 */
static u32 nearest_hz(u64 ticks, u64 ns)
{
	static const u32 usual[] = {100, 128, 250, 256, 300, 1000, 1024};
	s64 measured = (s64)(ticks * NS_PER_S / ns);
	u32 best = usual[0];

	for (size_t i = 1; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (llabs(usual[i] - measured) < llabs(best - measured))
			best = usual[i];
	return best;
}

/* Reads the kernel's ticks. The estimate improves with the time between the readings. */
static void learn_tick(struct conntrack_source *source)
{
	u64 now = time_monotonic_ns();

	source->batch.count = 0;
	if (!conntrack_run_program(source))
		return;
	if (!source->first_ns) {
		source->first_ns = now;
		source->first_ticks = source->batch.ticks;
	} else if (now - source->first_ns >= MEASURE_NS) {
		source->hz = nearest_hz(source->batch.ticks - source->first_ticks,
					now - source->first_ns);
	}
}

static void conntrack_report_answer(struct conntrack_source *source, u32 index)
{
	const struct conntrack *answer = &source->batch.entry[index];
	u64 left_ns = 0;

	if (answer->state == CONNTRACK_FOUND && answer->left > 0)
		left_ns = (u64)answer->left * NS_PER_S / source->hz;
	engine_conntrack_answer(source->engine, &source->questions[index], answer, left_ns);
}

/* Returns false when there are no more entries to ask for. */
static bool ask_batch(struct conntrack_source *source)
{
	size_t count =
		engine_conntrack_questions(source->engine, source->questions, CONNTRACK_BATCH);

	memcpy(source->batch.entry, source->questions, count * sizeof(*source->questions));
	source->batch.count = (u32)count;
	if (!count || !conntrack_run_program(source))
		return false;
	for (u32 i = 0; i < count; i++)
		conntrack_report_answer(source, i);
	return count == CONNTRACK_BATCH;
}

void conntrack_poll(struct conntrack_source *source)
{
	struct conntrack_table table = {0};
	int batches = 0;

	conntrack_files_read(&source->files, &table);
	engine_conntrack_table(source->engine, &table);
	if (source->program < 0)
		return;
	learn_tick(source);
	while (source->hz && batches < BATCHES && ask_batch(source))
		batches++;
}
