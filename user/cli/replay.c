/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `p2pscope replay`: captures through the same pipeline and engine as live traffic, on the captures' own time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/show.h"
#include "command.h"
#include "engine/engine.h"
#include "log.h"
#include "output/json.h"
#include "source/native.h"
#include "source/pcap.h"
#include "words.h"

#define SECOND_NS 1000000000ull
#define IDLE_NS (120 * SECOND_NS) /* as the daemon's sweep */
#define FOREVER_NS (1ull << 62) /* added to a time it still fits */
#define GAP_NS (3600 * SECOND_NS) /* of silence, or back: another capture, merged into the file */
#define MAX_FLOWS 1000000
#define MAX_SESSIONS 1000000

struct replay {
	struct engine *engine;
	struct native *native;
	u64 next_second, heard_ns;
	bool alone; /* one capture, not the two sides of a gateway */
	struct pcap_totals totals;
};

static void on_flow(void *arg, const struct flow_key *key, const struct flow_record *record)
{
	struct replay *replay = arg;

	engine_sample(replay->engine, key, record);
}

static u64 count_of(const struct replay *replay, unsigned int carrier, unsigned int cls)
{
	static const u32 points[] = {PCAP_IFINDEX_LAN, PCAP_IFINDEX_WAN};
	u64 sum = 0;

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		const struct point_counters *counters = native_point(replay->native, points[i]);

		for (int dir = 0; counters && dir < DIR_MAX; dir++)
			sum += counters->packets[dir][carrier][cls];
	}
	return sum;
}

static bool is_stun_only(const struct replay *replay)
{
	for (unsigned int carrier = 0; carrier < CARRIER_MAX; carrier++)
		for (unsigned int cls = 0; cls < CLASS_MAX; cls++)
			if (cls != CLASS_STUN && count_of(replay, carrier, cls))
				return false;
	return true;
}

static bool is_silent(const struct replay *replay, enum direction dir)
{
	const struct point_counters *counters = native_point(replay->native, PCAP_IFINDEX_WAN);

	for (unsigned int carrier = 0; carrier < CARRIER_MAX; carrier++)
		for (unsigned int cls = 0; cls < CLASS_MAX; cls++)
			if (counters->packets[dir][carrier][cls])
				return false;
	return true;
}

/* What the capture so far is no witness of, as it lacks it as a whole. */
static unsigned int lacks(const struct replay *replay)
{
	bool one_way = replay->alone && (is_silent(replay, DIR_IN) || is_silent(replay, DIR_OUT));

	return (is_stun_only(replay) ? LACKS_ALL_BUT_STUN : 0) | (one_way ? LACKS_A_DIRECTION : 0);
}

static void end_capture(struct replay *replay)
{
	native_each_flow(replay->native, on_flow, replay);
	engine_tick(replay->engine, replay->heard_ns);
	engine_end(replay->engine, lacks(replay));
	replay->next_second = 0;
}

/* The time of the packet at hand, before anything is made of it. */
static void hear(struct replay *replay, u64 now_ns)
{
	u64 before = replay->heard_ns;

	if (before && (now_ns > before + GAP_NS || now_ns + GAP_NS < before))
		end_capture(replay);
	replay->heard_ns = now_ns;
}

static void on_event(void *arg, const struct event *event, u32 size)
{
	struct replay *replay = arg;
	struct event whole = {0};

	hear(replay, event->time_ns);
	memcpy(&whole, event, size < sizeof(whole) ? size : sizeof(whole));
	engine_event(replay->engine, &whole);
}

/* What the daemon does once a second by the clock, done by the packets' time. */
static int on_time(void *arg, u64 now_ns)
{
	struct replay *replay = arg;

	hear(replay, now_ns);
	if (now_ns < replay->next_second)
		return 0;
	replay->next_second = now_ns + SECOND_NS;
	native_each_flow(replay->native, on_flow, replay);
	engine_tick(replay->engine, now_ns);
	native_expire(replay->native, now_ns > IDLE_NS ? now_ns - IDLE_NS : 0);
	return 0;
}

static int open_replay(struct replay *replay, const struct options *options, const struct pcap_options *files)
{
	struct engine_limits limits = {.sessions = MAX_SESSIONS, .keep_ended_ns = FOREVER_NS};

	if (options->sessions)
		limits.sessions = (u32)options->sessions;
	replay->engine = engine_new(&limits);
	replay->native = native_new(MAX_FLOWS, on_event, replay);
	if (!replay->engine || !replay->native)
		return -ENOMEM;
	replay->alone = !files->lan;
	if (replay->alone) /* who captures at one point may have begun late, or filtered */
		native_admit_dtls(replay->native);
	else
		engine_point(replay->engine, PCAP_IFINDEX_LAN, SIDE_LAN);
	engine_point(replay->engine, PCAP_IFINDEX_WAN, SIDE_WAN);
	return 0;
}

static void close_replay(struct replay *replay)
{
	if (replay->native)
		native_free(replay->native);
	engine_free(replay->engine);
}

static json_t *class_counts(const struct replay *replay)
{
	json_t *all = json_object();

	for (unsigned int carrier = 0; carrier < CARRIER_MAX; carrier++) {
		json_t *one = json_object();

		for (unsigned int cls = 0; cls < CLASS_MAX; cls++)
			json_object_set_new(one, words_name(WORDS_CLASSES, cls),
					    json_integer((json_int_t)count_of(replay, carrier, cls)));
		json_object_set_new(all, words_name(WORDS_CARRIERS, carrier), one);
	}
	return all;
}

static int write_replay(FILE *out, const struct replay *replay, const struct engine_view *view)
{
	json_t *classes = class_counts(replay);
	int err;

	fprintf(out, "{\"packets\": %llu, \"classes\": ", replay->totals.packets);
	json_dumpf(classes, out, JSON_COMPACT);
	json_decref(classes);
	fputs(",\n", out);
	err = write_lists(out, view);
	fputs("}\n", out);
	return err;
}

static void print_classes(const struct replay *replay)
{
	for (unsigned int carrier = 0; carrier < CARRIER_MAX; carrier++) {
		bool any = false;

		for (unsigned int cls = 0; cls < CLASS_MAX; cls++) {
			u64 count = count_of(replay, carrier, cls);

			if (count)
				printf("%s %llu %s", any ? "," : "", count, words_name(WORDS_CLASSES, cls));
			any |= count != 0;
		}
		if (any)
			printf(" (%s)\n", words_name(WORDS_CARRIERS, carrier));
	}
}

/* People get the same document, read back and laid out. */
static int print_summary(const struct replay *replay, const struct engine_view *view)
{
	double now = (double)replay->totals.last_ns / 1e9;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *document;
	int err = out ? write_replay(out, replay, view) : -ENOMEM;

	if (out)
		fclose(out);
	document = err ? NULL : json_loadb(text, size, 0, NULL);
	free(text);
	if (!document)
		return -ENOMEM;
	printf("%llu packets in %.3f s\n", replay->totals.packets,
	       (double)(replay->totals.last_ns - replay->totals.first_ns) / 1e9);
	print_classes(replay);
	printf("\n");
	err = show_sessions(document, now);
	json_decref(document);
	return err;
}

static int judge(struct replay *replay, const struct options *options)
{
	struct engine_view *view;
	int err;

	end_capture(replay);
	view = engine_view(replay->engine, VIEW_SESSIONS | VIEW_MAPPINGS | VIEW_HOSTS, NULL);
	if (!view)
		return -ENOMEM;
	err = options->json ? write_replay(stdout, replay, view) : print_summary(replay, view);
	engine_view_free(view);
	return err;
}

static int run(const struct options *options, const struct pcap_options *files)
{
	struct replay replay = {0};
	char error[256] = "";
	int err = open_replay(&replay, options, files);

	if (!err)
		err = pcap_source_run(files, replay.native, on_time, &replay, &replay.totals, error, sizeof(error));
	if (!err)
		err = judge(&replay, options);
	if (err)
		log_error("replay: %s", *error ? error : strerror(-err));
	close_replay(&replay);
	return err ? EXIT_PROBLEM : EXIT_DONE;
}

int command_replay(const struct options *options)
{
	struct pcap_options files = {0};

	if (options->nwords == 1 && !options->lan.count && !options->wan.count) {
		files.file = options->words[0];
	} else if (!options->nwords && options->lan.count == 1 && options->wan.count == 1) {
		files.lan = options->lan.items[0];
		files.wan = options->wan.items[0];
	} else {
		log_error("replay wants one FILE, or --lan FILE and --wan FILE");
		return EXIT_USAGE;
	}
	return run(options, &files);
}
