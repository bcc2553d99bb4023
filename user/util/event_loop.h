/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The main loop: file descriptors, timers and the signals that end the program, one after the other
 * in one thread. All calls are for that thread alone.
 */
#ifndef P2PSCOPE_UTIL_EVENT_LOOP_H
#define P2PSCOPE_UTIL_EVENT_LOOP_H

#include <stdbool.h>

struct loop;
struct loop_timer;

typedef void (*loop_fn)(void *arg);

/*
 * Blocks SIGTERM and SIGINT in the caller (and in threads that it starts later) to read them in the
 * loop. -errno.
 */
int loop_new(struct loop **out);
void loop_free(struct loop *loop);

/* Calls `fn` whenever `fd` can be read. The descriptor stays the caller's. -errno. */
int loop_watch(struct loop *loop, int fd, loop_fn fn, void *arg);

/* Makes a timer that is not running. The loop frees it. -errno. */
int loop_timer_new(struct loop *loop, loop_fn fn, void *arg, struct loop_timer **out);

/*
 * Starts or restarts a timer: `fn` is called once after `ms` milliseconds (at least 1), or every
 * `ms` if `repeat`.
 */
void loop_timer_start(struct loop_timer *timer, unsigned int ms, bool repeat);

/* Runs until a signal ends it; gives 0 then, else -errno. */
int loop_run(struct loop *loop);

#endif
