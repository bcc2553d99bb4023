/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running daemon; daemon.c and start.c share it. */
#ifndef P2PSCOPE_DAEMON_DAEMON_H
#define P2PSCOPE_DAEMON_DAEMON_H

#include <sys/stat.h>

#include "attribution/attribution.h"
#include "snapshot/broker.h"
#include "datapath/loader.h"
#include "util/event_loop.h"
#include "util/options.h"
#include "output/output.h"
#include "datapath/observation_points.h"
#include "source/live/conntrack.h"
#include "source/live/ids_log.h"
#include "source/live/drop_reasons.h"
#include "source/live/ring.h"
#include "source/live/sweep.h"
#include "snapshot/drop_counters.h"
#include "util/privileges.h"

#define SOCKETS_MAX (OPTION_LIST_MAX + 1)

struct daemon {
	const struct options *options;
	int sockets[SOCKETS_MAX];
	size_t nsockets;
	/* the Unix socket's, so that at the end no other file than our own is removed */
	struct stat socket_file;
	struct account account; /* to switch to, if this is root */
	struct loader *loader;
	struct engine *engine;
	struct live_clock clock;
	struct loop *loop;
	struct points *points;
	struct drop_reasons *reasons;
	struct attribution *attribution; /* NULL: rules cannot be identified */
	struct ring *ring;
	struct sweep *sweep;
	struct conntrack_source *conntrack;
	struct ids_log *ids_log; /* NULL: none is followed */
	struct drop_counters *drop_counters;
	struct broker *broker;
	struct outputs *outputs;
	int watch_fd;
	bool settling;
	struct loop_timer *second, *slice, *settle;
};

/*
 * Starts all but the loop, step by step, and logs what is wrong. Returns 0 or -errno; what was
 * started is to be stopped in either case.
 */
int daemon_start(struct daemon *daemon);

/* --- callbacks; `arg` is the daemon --- */

/* The ring buffer has events. */
void on_events(void *arg);
/* A second has passed. */
void on_second(void *arg);
/* The next slice of the sweep over all flows is to be done. */
void on_slice(void *arg);
/* Interfaces or addresses have changed. */
void on_interfaces(void *arg);
/* A while has passed since: the last of the messages about it should have come. */
void on_settled(void *arg);
/* An output waits for a snapshot. */
void on_question(void *arg);
/* The attribution of drops to rules has results. */
void on_answers(void *arg);
/* The engine has taken an event in. */
void on_event_taken(void *arg, const struct event *event);
/* The broker wants a snapshot: see broker_make_fn. */
struct snapshot *make_snapshot(void *arg, unsigned int what, const struct view_filter *filter);

#endif
