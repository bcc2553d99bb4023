/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/capture_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "source/capture/capture.h"
#include "source/capture/capture_points.h"
#include "source/capture/transactions.h"
#include "util/time.h"

struct capture_run {
	struct capture_options options; /* `stop` becomes NULL once it has had its effect */
	struct capture capture[2];
	unsigned int captures;
	struct table *transactions;
	struct native *native;
	capture_time_fn fn;
	struct capture_totals *totals;
	bool in_part; /* stopped in the first pass: what follows is not analysed */
	char *error;
	size_t room;
};

static int run_fail(struct capture_run *run, int err, const char *text)
{
	snprintf(run->error, run->room, "%s", text);
	return err;
}

/* Fails with the reason that the capture gives. */
static int run_fail_capture(struct capture_run *run, int err, const struct capture *c)
{
	return run_fail(run, err, *c->file.text ? c->file.text : strerror(-err));
}

static void run_add(struct capture_run *run, const char *path, bool lan)
{
	struct capture *c = &run->capture[run->captures];

	c->summary = &run->totals->capture[run->captures++];
	c->file.path = path;
	c->file.fd = -1;
	c->lan = lan;
}

/*
 * Returns whether a signal came. It ends only the step in which it came, so it is then forgotten.
 */
static bool run_take_stop(struct capture_run *run)
{
	bool stopped = capture_stopped(&run->options);

	if (stopped)
		run->options.stop = NULL;
	return stopped;
}

static int run_each_capture(struct capture_run *run,
			    int (*step)(struct capture *, const struct capture_options *))
{
	int err = 0;

	for (unsigned int i = 0; i < run->captures && !err; i++) {
		err = step(&run->capture[i], &run->options);
		if (err)
			run_fail_capture(run, err, &run->capture[i]);
	}
	return err;
}

/* The LAN's capture is the first of two. */
static int run_learn(struct capture_run *run)
{
	int err = 0;

	run->transactions = transactions_new();
	if (!run->transactions)
		return run_fail(run, -ENOMEM, strerror(ENOMEM));
	for (unsigned int i = 0; i < run->captures && !err; i++) {
		err = capture_learn(&run->capture[i], run->transactions, &run->options);
		if (err)
			run_fail_capture(run, err, &run->capture[i]);
	}
	if (!err && run->capture[0].forwards && run->options.forwards)
		run->options.forwards(run->options.arg);
	return err;
}

static int run_advance(struct capture_run *run, struct capture *c)
{
	int err = capture_advance(c);

	return err ? run_fail_capture(run, err, c) : 0;
}

/* Returns the capture with the earliest next packet; NULL at the end of all captures. */
static struct capture *earliest_capture(struct capture_run *run)
{
	struct capture *first = NULL;

	for (unsigned int i = 0; i < run->captures; i++) {
		struct capture *c = &run->capture[i];

		if (c->over && run->in_part)
			return NULL;
		if (!c->over && (!first || c->file.time_ns < first->file.time_ns))
			first = c;
	}
	return first;
}

static void count_packet(struct capture_totals *totals, u64 time_ns)
{
	if (!totals->packets++ || time_ns < totals->first_ns)
		totals->first_ns = time_ns;
	if (time_ns > totals->last_ns)
		totals->last_ns = time_ns;
}

static void run_report_progress(const struct capture_run *run)
{
	const struct capture_options *options = &run->options;

	if (options->progress && run->totals->packets % CAPTURE_PROGRESS == 0)
		options->progress(options->arg, CAPTURE_ANALYSING, run->totals->packets,
				  run->capture[0].packets + run->capture[1].packets);
}

static int run_analyse(struct capture_run *run)
{
	struct capture *c;
	u64 time_ns;
	int err = 0;

	for (unsigned int i = 0; i < run->captures && !err; i++)
		err = run_advance(run, &run->capture[i]);
	for (c = earliest_capture(run); c && !err && !capture_stopped(&run->options);
	     c = earliest_capture(run)) {
		time_ns = c->file.time_ns;
		capture_feed(c, run->native);
		count_packet(run->totals, time_ns);
		run_report_progress(run);
		err = run->fn ? run->fn(run->options.arg, time_ns) : 0;
		if (!err)
			err = run_advance(run, c);
	}
	return err;
}

static void truncated_add(struct capture_run *run, const char *text)
{
	char *all = run->totals->truncated;
	size_t used = strlen(all);

	snprintf(all + used, CAPTURE_TRUNCATED - used, "%s%s", used ? "; " : "", text);
}

/* Collects why the result is incomplete. */
static void run_report_truncated(struct capture_run *run)
{
	char text[CAPTURE_FILE_TEXT];

	for (unsigned int i = 0; i < run->captures; i++) {
		struct capture_file *file = &run->capture[i].file;

		capture_file_note_change(file);
		if (*file->text)
			truncated_add(run, file->text);
	}
	if (!run->in_part && !run_take_stop(run))
		return;
	snprintf(text, sizeof(text), "interrupted after packet %llu", run->totals->packets);
	truncated_add(run, text);
}

static int run_fail_empty(struct capture_run *run)
{
	char text[CAPTURE_FILE_TEXT];

	if (*run->totals->truncated)
		return run_fail(run, -EPROTO, run->totals->truncated);
	snprintf(text, sizeof(text),
		 "%.255s: it holds no packets: were the interface and the filter right?",
		 run->capture[0].file.path);
	return run_fail(run, -EPROTO, text);
}

/*
 * A capture holds what passed until its last packet. It is taken to have begun with the other one,
 * as a WAN on which nothing leaves is silent; but not where something had come through before its
 * first packet.
 */
#define BEGINS_APART_NS (1000 * NS_PER_MS)

static void run_report_cover(const struct capture_run *run)
{
	const struct capture *lan = &run->capture[0], *wan = &run->capture[1];
	bool late = lan->outside_ns && lan->outside_ns + BEGINS_APART_NS < wan->first_ns;

	if (run->captures < 2 || !run->options.cover || !lan->packets || !wan->packets)
		return;
	run->options.cover(run->options.arg, CAPTURE_IFINDEX_LAN, 0, lan->last_ns);
	run->options.cover(run->options.arg, CAPTURE_IFINDEX_WAN, late ? wan->first_ns : 0,
			   wan->last_ns);
}

static int run_both_passes(struct capture_run *run)
{
	int err = run_each_capture(run, capture_open);

	run_take_stop(run); /* what was received until then is replayed completely */
	if (!err)
		err = run_learn(run);
	run->in_part = run_take_stop(run);
	if (!err)
		run_report_cover(run);
	if (!err)
		err = run_analyse(run);
	if (err)
		return err;
	run_report_truncated(run);
	return run->totals->packets ? 0 : run_fail_empty(run);
}

int capture_source_run(const struct capture_options *options, struct native *native,
		       capture_time_fn fn, struct capture_totals *totals, char *error, size_t room)
{
	struct capture_run run = {.options = *options,
				  .native = native,
				  .fn = fn,
				  .totals = totals,
				  .error = error,
				  .room = room};
	int err;

	memset(totals, 0, sizeof(*totals));
	if (options->file) {
		run_add(&run, options->file, false);
	} else if (options->lan && options->wan) {
		run_add(&run, options->lan, true);
		run_add(&run, options->wan, false);
	} else {
		return run_fail(&run, -EINVAL, "expected one capture, or one of each side");
	}
	totals->captures = run.captures;
	err = run_both_passes(&run);
	for (unsigned int i = 0; i < run.captures; i++)
		capture_close(&run.capture[i]);
	table_free(run.transactions);
	return err;
}
