/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The running daemon, shared by daemon.c and start.c and by nobody else. */
#ifndef P2PSCOPE_DAEMON_DAEMON_H
#define P2PSCOPE_DAEMON_DAEMON_H

#include <sys/stat.h>

#include "attribution/attribution.h"
#include "snapshot/broker.h"
#include "datapath/loader.h"
#include "util/event_loop.h"
#include "util/options.h"
#include "output/http.h"
#include "datapath/observation_points.h"
#include "source/live/conntrack.h"
#include "source/live/ids_log.h"
#include "source/live/drop_reasons.h"
#include "source/live/ring.h"
#include "source/live/sweep.h"
#include "snapshot/drop_counters.h"

#define SOCKETS_MAX (OPTION_LIST_MAX + 1)

struct daemon {
	const struct options *options;
	int sockets[SOCKETS_MAX];
	size_t nsockets;
	/* of the Unix socket, to remove at the end no other than our own */
	struct stat socket_file;
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
	struct drop_counters *drop_counters;
	struct broker *broker;
	struct http *http;
	int watch_fd;
	bool settling;
	struct loop_timer *second, *slice, *settle;
};

/*
 * Starts all but the loop, step by step, and says what is wrong. Also after an error all is to be
 * stopped.
 */
int daemon_start(struct daemon *daemon);

/* --- what the loop calls; `arg` is the daemon --- */

void on_events(void *arg);
void on_second(void *arg);
void on_slice(void *arg);
void on_interfaces(void *arg);
void on_settled(void *arg);
void on_question(void *arg);
void on_answers(void *arg);
void on_event_taken(void *arg, const struct event *event);
struct snapshot *make_snapshot(void *arg, unsigned int what, const struct view_filter *filter);

#endif
