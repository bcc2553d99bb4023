/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `p2pscope replay`: sends captures through the same pipeline and engine as live traffic, in the
 * captures' own time.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/replay.h"
#include "cli/command.h"
#include "util/log.h"
#include "source/capture/capture_points.h"
#include "util/time.h"

#define IDLE_NS (120 * NS_PER_S) /* as in the daemon's sweep */
#define FOREVER_NS (1ull << 62) /* a time plus this does not overflow */
#define GAP_NS \
	(3600 * NS_PER_S) /* a longer gap, or jump back, means that captures were concatenated */
#define MAX_FLOWS 1000000
#define MAX_SESSIONS 1000000

struct replay {
	struct engine *engine;
	struct native *native;
	u64 next_second, heard_ns;
	bool has_news; /* there was an event since the last sample of all flows */
	bool alone; /* one capture, not one of each side of a gateway */
	struct capture_totals totals;
	struct progress progress;
};

static volatile sig_atomic_t interrupted;

static void replay_on_flow(void *arg, const struct flow_key *key, const struct flow_record *record)
{
	struct replay *replay = arg;

	engine_sample(replay->engine, key, record);
}

/* Returns whether there was a packet in one of these directions that is not of this class. */
static bool has_other(const struct replay *replay, unsigned int dirs, enum msg_class than)
{
	for (enum carrier carrier = 0; carrier < CARRIER_MAX; carrier++)
		for (enum msg_class cls = 0; cls < CLASS_MAX; cls++)
			if (cls != than && capture_points_count(replay->native, CAPTURE_ANALYSED,
								dirs, carrier, cls))
				return true;
	return false;
}

static bool is_silent_direction(const struct replay *replay, enum direction dir)
{
	return !has_other(replay, 1 << dir, CLASS_MAX);
}

/* Returns what the capture lacks completely so far, so that its absence proves nothing. */
static unsigned int missing_traffic(const struct replay *replay)
{
	bool one_way = replay->alone && (is_silent_direction(replay, DIR_IN) ||
					 is_silent_direction(replay, DIR_OUT));

	return (has_other(replay, CAPTURE_BOTH_DIRECTIONS, CLASS_STUN) ? 0 : LACKS_ALL_BUT_STUN) |
	       (one_way ? LACKS_A_DIRECTION : 0);
}

static void end_capture(struct replay *replay)
{
	native_each_flow(replay->native, replay_on_flow, replay);
	replay->has_news = true; /* the engine reacts to the end of the capture */
	engine_tick(replay->engine, replay->heard_ns);
	engine_end(replay->engine, missing_traffic(replay));
	replay->next_second = 0;
}

/* Takes the time of the current packet, before the packet is processed. */
static void replay_set_time(struct replay *replay, u64 now_ns)
{
	u64 before = replay->heard_ns;

	if (before && (now_ns > before + GAP_NS || now_ns + GAP_NS < before))
		end_capture(replay);
	replay->heard_ns = now_ns;
}

static void replay_on_event(void *arg, const struct event *event, u32 size)
{
	struct replay *replay = arg;
	struct event whole = {0};

	replay_set_time(replay, event->time_ns);
	replay->has_news = true;
	memcpy(&whole, event, size < sizeof(whole) ? size : sizeof(whole));
	engine_event(replay->engine, &whole);
}

/*
 * Only events assign flows to sessions and to each other. Without an event since the last sample,
 * records that have not changed need not be sampled again, except those over TCP, where silence
 * matters too.
 */
static void sample_flows(struct replay *replay)
{
	if (replay->has_news)
		native_each_flow(replay->native, replay_on_flow, replay);
	else
		native_each_touched(replay->native, replay_on_flow, replay);
	replay->has_news = false;
}

/* Does by the packets' time what the daemon does once a second. */
static int replay_on_time(void *arg, u64 now_ns)
{
	struct replay *replay = arg;

	replay_set_time(replay, now_ns);
	if (now_ns < replay->next_second)
		return 0;
	replay->next_second = now_ns + NS_PER_S;
	sample_flows(replay);
	engine_tick(replay->engine, now_ns);
	native_expire(replay->native, now_ns > IDLE_NS ? now_ns - IDLE_NS : 0);
	return 0;
}

static void watch_lan(struct replay *replay)
{
	engine_point(replay->engine, CAPTURE_IFINDEX_LAN, SIDE_LAN);
	engine_point(replay->engine, CAPTURE_IFINDEX_LAN_TUNNELLED, SIDE_LAN);
}

/*
 * A capture of one point may have begun late or been filtered, so a DTLS handshake alone is
 * accepted as a session there. Not inside tunnels, which carry everybody's traffic, where a
 * handshake alone is not evidence of a call.
 */
static void name_points(struct replay *replay)
{
	engine_point(replay->engine, CAPTURE_IFINDEX_WAN, SIDE_WAN);
	engine_point(replay->engine, CAPTURE_IFINDEX_WAN_TUNNELLED, SIDE_WAN);
	if (replay->alone) {
		native_admit_dtls(replay->native, CAPTURE_IFINDEX_WAN);
		return;
	}
	watch_lan(replay);
}

static int open_replay(struct replay *replay, const struct options *options,
		       const struct capture_options *files)
{
	struct engine_limits limits = {.sessions = MAX_SESSIONS, .keep_ended_ns = FOREVER_NS};

	if (options->sessions)
		limits.sessions = (u32)options->sessions;
	replay->engine = engine_new(&limits);
	replay->native = native_new(MAX_FLOWS, replay_on_event, replay);
	if (!replay->engine || !replay->native)
		return -ENOMEM;
	replay->alone = !files->lan;
	name_points(replay);
	return 0;
}

static void close_replay(struct replay *replay)
{
	if (replay->native)
		native_free(replay->native);
	engine_free(replay->engine);
}

static int replay_report(struct replay *replay, const struct options *options)
{
	struct replay_result result = {.native = replay->native, .totals = &replay->totals};
	unsigned int lines = options->json ? 0 : VIEW_LINES;
	struct engine_view *view;
	int err;

	end_capture(replay);
	view = engine_view(replay->engine, VIEW_SESSIONS | VIEW_MAPPINGS | VIEW_HOSTS | lines,
			   NULL);
	if (!view)
		return -ENOMEM;
	result.view = view;
	if (options->json)
		err = replay_json(&result);
	else
		err = options->sessions_csv ? replay_csv(&result) : replay_text(&result);
	engine_view_free(view);
	return err;
}

/* One capture of all interfaces holds both sides of a gateway. */
static void replay_on_forwarding(void *arg)
{
	struct replay *replay = arg;

	replay->alone = false;
	watch_lan(replay);
	native_admit_dtls(replay->native, 0);
}

static void replay_on_cover(void *arg, u32 ifindex, u64 from_ns, u64 to_ns)
{
	struct replay *replay = arg;

	engine_covers(replay->engine, ifindex, from_ns, to_ns);
}

static void replay_on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* The first Ctrl-C ends reading and prints the result so far; a second one kills the process. */
static void catch_interrupt(void)
{
	struct sigaction action = {.sa_handler = replay_on_interrupt,
				   .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
}

static void replay_on_progress(void *arg, enum capture_step step, u64 done, u64 all)
{
	struct replay *replay = arg;
	struct progress *progress = &replay->progress;

	if (!progress_due(progress))
		return;
	if (step == CAPTURE_SPOOLING)
		progress_show(progress, "receiving: %llu MiB", done >> 20);
	else if (step == CAPTURE_LEARNING)
		progress_show(progress, "reading: %llu packets", done);
	else
		progress_show(progress, "analysing: %llu of %llu packets", done, all);
}

static int replay_run(const struct options *options, struct capture_options *files)
{
	struct replay replay = {.progress = progress_begin()};
	char error[CAPTURE_TRUNCATED] = "";
	int err = open_replay(&replay, options, files);

	catch_interrupt();
	files->stop = &interrupted;
	files->progress = replay_on_progress;
	files->cover = replay_on_cover;
	files->forwards = replay_on_forwarding;
	files->arg = &replay;
	if (!err)
		err = capture_source_run(files, replay.native, replay_on_time, &replay.totals,
					 error, sizeof(error));
	progress_end(&replay.progress);
	if (!err)
		err = replay_report(&replay, options);
	if (err && !ferror(stdout))
		log_error("replay: %s", *error ? error : strerror(-err));
	else if (!err && *replay.totals.truncated)
		log_warn("replay: incomplete: %s", replay.totals.truncated);
	close_replay(&replay);
	if (err)
		return EXIT_PROBLEM;
	return *replay.totals.truncated ? EXIT_PARTIAL : EXIT_DONE;
}

static bool is_standard_input(const char *path)
{
	return !strcmp(path, "-");
}

int command_replay(const struct options *options)
{
	struct capture_options files = {0};

	if (options->json && options->sessions_csv) {
		log_error("replay: --json and --sessions-csv cannot be combined");
		return EXIT_USAGE;
	}
	if (options->nwords == 1 && !options->lan.count && !options->wan.count) {
		files.file = options->words[0];
	} else if (!options->nwords && options->lan.count == 1 && options->wan.count == 1) {
		files.lan = options->lan.items[0];
		files.wan = options->wan.items[0];
	} else {
		log_error("replay: expected one FILE, or --lan FILE and --wan FILE");
		return EXIT_USAGE;
	}
	if (!files.file && is_standard_input(files.lan) && is_standard_input(files.wan)) {
		log_error("replay: standard input can be one side of a gateway, not both: name a "
			  "file for the other");
		return EXIT_USAGE;
	}
	return replay_run(options, &files);
}
