/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/capture_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "source/capture/capture.h"

struct run {
	struct pcap_options options; /* `stop` is taken out once it has had its effect */
	struct capture capture[2];
	unsigned int captures;
	struct native *native;
	pcap_time_fn fn;
	struct pcap_totals *totals;
	bool in_part; /* stopped while it learned: what comes behind that is not judged */
	char *error;
	size_t room;
};

static int fail(struct run *run, int err, const char *text)
{
	snprintf(run->error, run->room, "%s", text);
	return err;
}

/* The capture's own words. */
static int failed(struct run *run, int err, const struct capture *c)
{
	return fail(run, err, *c->file.text ? c->file.text : strerror(-err));
}

static void run_add(struct run *run, const char *path, bool lan)
{
	struct capture *c = &run->capture[run->captures];

	c->told = &run->totals->capture[run->captures++];
	c->file.path = path;
	c->file.fd = -1;
	c->lan = lan;
}

/* A signal has its effect once: on the step that it came in. Gives whether there was one. */
static bool take_stop(struct run *run)
{
	bool stopped = capture_stopped(&run->options);

	if (stopped)
		run->options.stop = NULL;
	return stopped;
}

static int each_capture(struct run *run, int (*step)(struct capture *, const struct pcap_options *))
{
	int err = 0;

	for (unsigned int i = 0; i < run->captures && !err; i++) {
		err = step(&run->capture[i], &run->options);
		if (err)
			failed(run, err, &run->capture[i]);
	}
	return err;
}

static int advance(struct run *run, struct capture *c)
{
	int err = capture_advance(c);

	return err ? failed(run, err, c) : 0;
}

/* The capture with the earliest next packet; NULL at the end of all. */
static struct capture *earliest(struct run *run)
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

static void count_packet(struct pcap_totals *totals, u64 time_ns)
{
	if (!totals->packets++ || time_ns < totals->first_ns)
		totals->first_ns = time_ns;
	if (time_ns > totals->last_ns)
		totals->last_ns = time_ns;
}

static void tell_progress(const struct run *run)
{
	const struct pcap_options *options = &run->options;

	if (options->progress && run->totals->packets % PCAP_PROGRESS == 0)
		options->progress(options->arg, PCAP_JUDGING, run->totals->packets,
				  run->capture[0].packets + run->capture[1].packets);
}

static int judge(struct run *run)
{
	struct capture *c;
	u64 time_ns;
	int err = 0;

	for (unsigned int i = 0; i < run->captures && !err; i++)
		err = advance(run, &run->capture[i]);
	for (c = earliest(run); c && !err && !capture_stopped(&run->options); c = earliest(run)) {
		time_ns = c->file.time_ns;
		capture_feed(c, run->native);
		count_packet(run->totals, time_ns);
		tell_progress(run);
		err = run->fn ? run->fn(run->options.arg, time_ns) : 0;
		if (!err)
			err = advance(run, c);
	}
	return err;
}

static void add_truncated(struct run *run, const char *text)
{
	char *all = run->totals->truncated;
	size_t used = strlen(all);

	snprintf(all + used, PCAP_TRUNCATED - used, "%s%s", used ? "; " : "", text);
}

/* Says what the answer leaves out. */
static void tell_truncated(struct run *run)
{
	char text[PCAP_FILE_TEXT];

	for (unsigned int i = 0; i < run->captures; i++) {
		struct pcap_file *file = &run->capture[i].file;

		pcap_file_tell_change(file);
		if (*file->text)
			add_truncated(run, file->text);
	}
	if (!run->in_part && !take_stop(run))
		return;
	snprintf(text, sizeof(text), "interrupted behind packet %llu", run->totals->packets);
	add_truncated(run, text);
}

static int no_packets(struct run *run)
{
	char text[PCAP_FILE_TEXT];

	if (*run->totals->truncated)
		return fail(run, -EPROTO, run->totals->truncated);
	snprintf(text, sizeof(text),
		 "%.255s: no packets are in it: were the interface and the filter right?",
		 run->capture[0].file.path);
	return fail(run, -EPROTO, text);
}

static int run_all(struct run *run)
{
	int err = each_capture(run, capture_open);

	take_stop(run); /* what came in until then is replayed as a whole */
	if (!err)
		err = each_capture(run, capture_learn);
	run->in_part = take_stop(run);
	if (!err)
		err = judge(run);
	if (err)
		return err;
	tell_truncated(run);
	return run->totals->packets ? 0 : no_packets(run);
}

int pcap_source_run(const struct pcap_options *options, struct native *native, pcap_time_fn fn,
		    struct pcap_totals *totals, char *error, size_t room)
{
	struct run run = {.options = *options,
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
		return fail(&run, -EINVAL, "one capture, or one of each side");
	}
	totals->captures = run.captures;
	err = run_all(&run);
	for (unsigned int i = 0; i < run.captures; i++)
		capture_close(&run.capture[i]);
	return err;
}
