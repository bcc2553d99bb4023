/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `p2pscope run`: puts source, engine and outputs together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/attribution.h"
#include "command.h"
#include "desk.h"
#include "interfaces.h"
#include "listen.h"
#include "log.h"
#include "loop.h"
#include "output/http.h"
#include "points.h"
#include "privileges.h"
#include "source/conntrack.h"
#include "source/ids_log.h"
#include "source/reasons.h"
#include "source/ring.h"
#include "source/sweep.h"
#include "tally.h"
#include "version.h"

#define DEFAULT_SESSIONS 131072
#define KEEP_ENDED_NS (3600 * 1000000000ull)

#define SECOND_MS 1000
#define SLICE_PAUSE_MS 5
#define SETTLE_MS 100 /* an interface that appears sends several messages */

#define SOCKETS_MAX (OPTION_LIST_MAX + 1)

struct daemon {
	const struct options *options;
	int sockets[SOCKETS_MAX];
	size_t nsockets;
	struct stat socket_file; /* of the Unix socket, to remove at the end no other than our own */
	struct loader *loader;
	struct engine *engine;
	struct clock clock;
	struct loop *loop;
	struct points *points;
	struct reasons *reasons;
	struct attribution *attribution; /* NULL: which rule dropped a packet cannot be found out */
	struct ring *ring;
	struct sweep *sweep;
	struct conntrack_source *conntrack;
	struct ids_log *ids_log; /* NULL: none is followed */
	struct tally *tally;
	struct desk *desk;
	struct http *http;
	int watch_fd;
	bool settling;
	struct loop_timer *second, *slice, *settle;
};

/* --- what the loop calls --- */

static void on_events(void *arg)
{
	struct daemon *daemon = arg;

	ring_drain(daemon->ring);
}

static void on_slice(void *arg)
{
	struct daemon *daemon = arg;

	if (sweep_slice(daemon->sweep))
		loop_timer_start(daemon->slice, SLICE_PAUSE_MS, false);
}

static void on_second(void *arg)
{
	struct daemon *daemon = arg;

	if (clock_follow(&daemon->clock))
		log_warn("the clock was set: times of running sessions are off by as much");
	ring_drain(daemon->ring);
	on_slice(daemon);
	points_look_before(daemon->points);
	engine_tick(daemon->engine, clock_now(&daemon->clock));
	if (daemon->attribution)
		attribution_tick(daemon->attribution, clock_now(&daemon->clock));
	conntrack_poll(daemon->conntrack);
	ids_log_poll(daemon->ids_log);
}

static void on_interfaces(void *arg)
{
	struct daemon *daemon = arg;

	if (!interfaces_drain(daemon->watch_fd) || daemon->settling)
		return;
	daemon->settling = true;
	loop_timer_start(daemon->settle, SETTLE_MS, false);
}

static void on_settled(void *arg)
{
	struct daemon *daemon = arg;

	daemon->settling = false;
	points_refresh(daemon->points);
}

static void on_question(void *arg)
{
	struct daemon *daemon = arg;

	ring_drain(daemon->ring);
	desk_serve(daemon->desk);
}

static void on_answers(void *arg)
{
	struct daemon *daemon = arg;

	attribution_take(daemon->attribution, clock_now(&daemon->clock));
}

static void on_event_taken(void *arg, const struct event *event)
{
	struct daemon *daemon = arg;
	enum cause cause;

	if (event->kind != EVENT_DROP)
		return;
	tally_drop(daemon->tally, &event->drop);
	cause = reasons_cause(daemon->reasons, event->drop.reason);
	if (daemon->attribution && (cause == CAUSE_RULE || cause == CAUSE_QUEUE))
		attribution_ask(daemon->attribution, event);
}

static struct snapshot *make_snapshot(void *arg, unsigned int what, const struct view_filter *filter)
{
	struct daemon *daemon = arg;
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return NULL;
	snapshot->view = engine_view(daemon->engine, what, filter);
	if (!snapshot->view || points_snapshot(daemon->points, &snapshot->points, &snapshot->npoints) ||
	    tally_snapshot(daemon->tally, &snapshot->drops, &snapshot->ndrops)) {
		snapshot_free(snapshot);
		return NULL;
	}
	if (!loader_self(daemon->loader, &snapshot->self))
		loader_evicted(daemon->loader, &snapshot->self, snapshot->evicted);
	snapshot->flows = sweep_flows(daemon->sweep);
	if (daemon->ids_log)
		snapshot->ids = *ids_log_counts(daemon->ids_log);
	if (daemon->attribution)
		snapshot->attribution = *attribution_counts(daemon->attribution);
	return snapshot;
}

/* --- the start, step by step; each step says what is wrong --- */

static int open_sockets(struct daemon *daemon)
{
	static const struct option_list fallback = {1, {DEFAULT_LISTEN}};
	const struct option_list *where = daemon->options->listen.count ? &daemon->options->listen : &fallback;
	int fd;

	for (size_t i = 0; i < where->count; i++) {
		fd = listen_tcp(where->items[i]);
		if (fd < 0)
			return fd;
		daemon->sockets[daemon->nsockets++] = fd;
	}
	fd = listen_unix(daemon->options->socket);
	if (fd < 0)
		return fd;
	daemon->sockets[daemon->nsockets++] = fd;
	return lstat(daemon->options->socket, &daemon->socket_file) ? -errno : 0;
}

static int load(struct daemon *daemon)
{
	struct loader_options options = {.flows = daemon->options->flows};
	int err = loader_load(&daemon->loader, &options);

	if (err == -ENOENT)
		log_error("this kernel has no BTF (/sys/kernel/btf/vmlinux): it must be built with "
			  "CONFIG_DEBUG_INFO_BTF");
	else if (err == -EPERM)
		log_error("the kernel refuses to load the programs: run it as root; 'p2pscope check' tells what is "
			  "missing");
	else if (err)
		log_error("loading the programs: %s; 'p2pscope check' tells what is missing, --verbose shows more",
			  strerror(-err));
	else if (!loader_has_conntrack(daemon->loader))
		log_warn("conntrack cannot be asked, mappings come from STUN alone: 'p2pscope check' tells what is "
			 "missing");
	return err;
}

static int start_engine(struct daemon *daemon)
{
	struct engine_limits limits = {.sessions = DEFAULT_SESSIONS, .keep_ended_ns = KEEP_ENDED_NS};

	if (daemon->options->sessions)
		limits.sessions = (u32)daemon->options->sessions;
	daemon->engine = engine_new(&limits);
	if (!daemon->engine)
		return -ENOMEM;
	clock_start(&daemon->clock);
	if (reasons_read(&daemon->reasons))
		log_warn("this kernel does not tell why it drops a packet: causes stay at 'drop'");
	else
		reasons_tell(daemon->reasons, daemon->engine);
	return tally_new(&daemon->tally, daemon->reasons);
}

/* What a shadow needs and is missing is no reason not to start. */
static int start_attribution(struct daemon *daemon)
{
	int err = attribution_start(&daemon->attribution, daemon->engine, daemon->options->trace_live);

	if (err == -EPERM)
		log_warn("which rule drops a packet is not told: that needs CAP_SYS_ADMIN, or user namespaces");
	else if (err)
		log_warn("which rule drops a packet is not told: %s", strerror(-err));
	return 0;
}

static int start_source(struct daemon *daemon)
{
	int err = ring_open(&daemon->ring, loader_map_fd(daemon->loader, LOADER_EVENTS), daemon->engine, &daemon->clock,
			    daemon->reasons, on_event_taken, daemon);

	if (!err)
		err = sweep_open(&daemon->sweep, loader_map_fd(daemon->loader, LOADER_FLOWS), daemon->engine,
				 &daemon->clock);
	if (!err)
		err = conntrack_open(&daemon->conntrack, loader_program_fd(daemon->loader, PROGRAM_CONNTRACK_LOOK),
				     daemon->engine);
	if (!err)
		err = desk_new(&daemon->desk, make_snapshot, daemon);
	return err;
}

/* Says itself what is wrong. */
static int start_ids_log(struct daemon *daemon)
{
	const char *path = daemon->options->ids_log;

	return path ? ids_log_open(&daemon->ids_log, path, daemon->engine) : 0;
}

static int start_points(struct daemon *daemon)
{
	int err;

	daemon->watch_fd = interfaces_watch();
	if (daemon->watch_fd < 0)
		return daemon->watch_fd;
	err = points_new(&daemon->points, daemon->options, daemon->loader, daemon->engine);
	if (!err)
		err = points_refresh(daemon->points);
	if (err)
		return err;
	err = loader_watch_drops(daemon->loader);
	if (err)
		log_warn("packets that the kernel drops are not seen (%s): 'blocked here' is told by the points alone",
			 strerror(-err));
	return 0;
}

static int start_loop(struct daemon *daemon)
{
	int err = loop_timer_new(daemon->loop, on_second, daemon, &daemon->second);

	if (!err)
		err = loop_timer_new(daemon->loop, on_slice, daemon, &daemon->slice);
	if (!err)
		err = loop_timer_new(daemon->loop, on_settled, daemon, &daemon->settle);
	if (!err)
		err = loop_watch(daemon->loop, ring_fd(daemon->ring), on_events, daemon);
	if (!err)
		err = loop_watch(daemon->loop, daemon->watch_fd, on_interfaces, daemon);
	if (!err)
		err = loop_watch(daemon->loop, desk_fd(daemon->desk), on_question, daemon);
	if (!err && daemon->attribution)
		err = loop_watch(daemon->loop, attribution_fd(daemon->attribution), on_answers, daemon);
	if (!err)
		loop_timer_start(daemon->second, SECOND_MS, true);
	return err;
}

/* The default folder becomes the new user's, so that the socket can be removed at the end. */
static int become_user(struct daemon *daemon)
{
	struct account account = {0};
	int err = 0;

	if (geteuid() == 0) {
		err = privileges_account(daemon->options->user ? daemon->options->user : DEFAULT_USER, &account);
		if (err)
			return err;
		if (!strcmp(daemon->options->socket, DEFAULT_SOCKET) &&
		    chown("/run/p2pscope", account.uid, account.gid))
			log_debug("/run/p2pscope stays root's: %s", strerror(errno));
	}
	err = privileges_drop(&account);
	if (err)
		log_error("giving up privileges: %s", strerror(-err));
	return err;
}

/* The threads of the HTTP server take their sockets over and inherit what is left of the privileges. */
static int start_http(struct daemon *daemon)
{
	size_t count = daemon->nsockets;
	int err;

	daemon->nsockets = 0;
	err = http_start(&daemon->http, daemon->desk, daemon->sockets, count);
	if (err)
		log_error("starting the HTTP server: %s", strerror(-err));
	return err;
}

/* Those without a name say themselves what is wrong. */
static const struct step {
	int (*fn)(struct daemon *daemon);
	const char *name;
} steps[] = {
	{open_sockets, NULL},
	{load, NULL},
	{start_engine, "starting the engine"},
	{start_attribution, NULL},
	{start_source, "opening the ring buffer"},
	{start_ids_log, NULL},
	{start_points, NULL},
	{start_loop, "starting the main loop"},
	{become_user, NULL},
	{start_http, NULL},
};

static int start(struct daemon *daemon)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int err = steps[i].fn(daemon);

		if (!err)
			continue;
		if (steps[i].name)
			log_error("%s: %s", steps[i].name, strerror(-err));
		return err;
	}
	return 0;
}

static void remove_socket_file(const struct daemon *daemon)
{
	struct stat now;

	if (!daemon->socket_file.st_ino || lstat(daemon->options->socket, &now))
		return;
	if (now.st_dev == daemon->socket_file.st_dev && now.st_ino == daemon->socket_file.st_ino)
		unlink(daemon->options->socket);
}

static void stop(struct daemon *daemon)
{
	if (daemon->desk)
		desk_close(daemon->desk);
	http_stop(daemon->http);
	for (size_t i = 0; i < daemon->nsockets; i++)
		close(daemon->sockets[i]);
	remove_socket_file(daemon);
	points_free(daemon->points);
	if (daemon->watch_fd >= 0)
		close(daemon->watch_fd);
	desk_free(daemon->desk);
	ids_log_close(daemon->ids_log);
	conntrack_close(daemon->conntrack);
	sweep_close(daemon->sweep);
	ring_close(daemon->ring);
	attribution_stop(daemon->attribution);
	loader_free(daemon->loader);
	tally_free(daemon->tally);
	reasons_free(daemon->reasons);
	engine_free(daemon->engine);
	loop_free(daemon->loop);
}

int command_run(const struct options *options)
{
	struct daemon daemon = {.options = options, .watch_fd = -1};
	int err;

	if (points_check_sides(options))
		return EXIT_USAGE;
	if (points_check_names(options))
		return EXIT_PROBLEM;
	if (!privileges_suffice()) {
		log_error("'run' needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON: try 'sudo p2pscope run'");
		return EXIT_PROBLEM;
	}
	err = loop_new(&daemon.loop);
	if (!err)
		err = start(&daemon);
	if (!err) {
		log_info("version " P2PSCOPE_VERSION " is ready, socket %s", options->socket);
		err = loop_run(daemon.loop);
	}
	stop(&daemon);
	return err ? EXIT_PROBLEM : EXIT_DONE;
}
