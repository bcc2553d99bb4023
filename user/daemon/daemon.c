/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `p2pscope run`: brings sources, engine and outputs together in one loop. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/run.h"
#include "util/interfaces.h"
#include "util/interface_side.h"
#include "util/log.h"
#include "util/privileges.h"
#include "version.h"

#define SETTLE_MS 100 /* several messages come for an interface that appears */

/* Lets the engine take in what the data plane has written, and the outputs what came of it. */
static void take_events(struct daemon *daemon)
{
	ring_drain(daemon->ring);
	outputs_changed(daemon->outputs, daemon->engine);
}

void on_events(void *arg)
{
	take_events(arg);
}

void on_slice(void *arg)
{
	struct daemon *daemon = arg;
	unsigned int pause_ms = sweep_slice(daemon->sweep);

	if (pause_ms)
		loop_timer_start(daemon->slice, pause_ms, false);
}

void on_second(void *arg)
{
	struct daemon *daemon = arg;

	if (live_clock_follow(&daemon->clock))
		log_warn("the clock was set: times of running sessions are off by that much");
	ring_drain(daemon->ring);
	if (sweep_due(daemon->sweep))
		on_slice(daemon);
	points_check_foreign_xdp(daemon->points);
	engine_tick(daemon->engine, live_clock_now(&daemon->clock));
	if (daemon->attribution)
		attribution_tick(daemon->attribution, live_clock_now(&daemon->clock));
	outputs_changed(daemon->outputs, daemon->engine);
	conntrack_poll(daemon->conntrack);
	ids_log_poll(daemon->ids_log);
}

void on_interfaces(void *arg)
{
	struct daemon *daemon = arg;

	if (!interfaces_drain(daemon->watch_fd) || daemon->settling)
		return;
	daemon->settling = true;
	loop_timer_start(daemon->settle, SETTLE_MS, false);
}

void on_settled(void *arg)
{
	struct daemon *daemon = arg;

	daemon->settling = false;
	points_refresh(daemon->points);
}

void on_question(void *arg)
{
	struct daemon *daemon = arg;

	take_events(daemon);
	broker_serve(daemon->broker);
}

void on_answers(void *arg)
{
	struct daemon *daemon = arg;

	attribution_take(daemon->attribution, live_clock_now(&daemon->clock));
	outputs_changed(daemon->outputs, daemon->engine);
}

void on_event_taken(void *arg, const struct event *event)
{
	struct daemon *daemon = arg;
	enum cause cause;

	if (event->kind != EVENT_DROP)
		return;
	drop_counters_count(daemon->drop_counters, &event->drop);
	cause = drop_reasons_cause(daemon->reasons, event->drop.reason);
	if (daemon->attribution && (cause == CAUSE_RULE || cause == CAUSE_QUEUE) &&
	    engine_rule_matters(daemon->engine, event))
		attribution_ask(daemon->attribution, event);
}

struct snapshot *make_snapshot(void *arg, unsigned int what, const struct view_filter *filter)
{
	struct daemon *daemon = arg;
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return NULL;
	snapshot->view = engine_view(daemon->engine, what, filter);
	if (!snapshot->view ||
	    points_snapshot(daemon->points, &snapshot->points, &snapshot->npoints) ||
	    drop_counters_snapshot(daemon->drop_counters, &snapshot->drops, &snapshot->ndrops)) {
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

static void remove_socket_file(const struct daemon *daemon)
{
	struct stat now;

	if (!daemon->socket_file.st_ino || lstat(daemon->options->socket, &now))
		return;
	if (now.st_dev == daemon->socket_file.st_dev && now.st_ino == daemon->socket_file.st_ino)
		unlink(daemon->options->socket);
}

static void daemon_stop(struct daemon *daemon)
{
	if (daemon->broker)
		broker_close(daemon->broker);
	outputs_stop(daemon->outputs);
	for (size_t i = 0; i < daemon->nsockets; i++)
		close(daemon->sockets[i]);
	remove_socket_file(daemon);
	points_free(daemon->points);
	if (daemon->watch_fd >= 0)
		close(daemon->watch_fd);
	broker_free(daemon->broker);
	ids_log_close(daemon->ids_log);
	conntrack_close(daemon->conntrack);
	sweep_close(daemon->sweep);
	ring_close(daemon->ring);
	attribution_stop(daemon->attribution);
	loader_free(daemon->loader);
	drop_counters_free(daemon->drop_counters);
	drop_reasons_free(daemon->reasons);
	engine_free(daemon->engine);
	loop_free(daemon->loop);
}

int daemon_run(const struct options *options)
{
	struct daemon daemon = {.options = options, .watch_fd = -1};
	int err;

	if (interface_sides_check(options))
		return EXIT_USAGE;
	if (points_check_names(options))
		return EXIT_PROBLEM;
	if (!privileges_suffice()) {
		log_error("'run' needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON: try 'sudo "
			  "p2pscope run'");
		return EXIT_PROBLEM;
	}
	err = loop_new(&daemon.loop);
	if (!err)
		err = daemon_start(&daemon);
	if (!err) {
		log_info("version " P2PSCOPE_VERSION " is ready, socket %s", options->socket);
		err = loop_run(daemon.loop);
	}
	daemon_stop(&daemon);
	return err ? EXIT_PROBLEM : EXIT_DONE;
}
