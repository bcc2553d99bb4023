/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "util/log.h"
#include "source/live/conntrack.h"
#include "source/live/conntrack_table.h"
#include "util/time.h"

#define BATCHES 256 /* a second: 8192 entries */

/*
 * 250 and 256 ticks a second are told apart when a reading that is two ticks off is off by less
 * than their half way.
 */
#define MEASURE_NS (NS_PER_S / 2)

struct conntrack_source {
	int program;
	struct engine *engine;
	struct conntrack_files files;
	/* the first reading of the kernel's clock, and of ours beside it */
	u64 first_ticks, first_ns;
	u32 hz; /* ticks a second; 0: not learned yet */
	bool failed; /* a run did; told once */
	struct conntrack questions[CONNTRACK_BATCH];
	struct conntrack_batch batch;
};

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

/* Has the program answer source->batch in place. */
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
 * The kernel does not tell CONFIG_HZ: it is one of a few, and the distance between two readings
 * says which.
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

/*
 * Reads the kernel's clock. What is learned becomes more exact with the time between the readings.
 */
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

/* Gives false when there is no more to ask. */
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
