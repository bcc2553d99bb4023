/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The main loop: it handles file descriptors, timers and the signals that end the program, one
 * after the other in one thread. No function here may be called by another thread.
 */
#ifndef P2PSCOPE_UTIL_EVENT_LOOP_H
#define P2PSCOPE_UTIL_EVENT_LOOP_H

#include <stdbool.h>

struct loop;
struct loop_timer;

typedef void (*loop_fn)(void *arg);

/*
 * Creates a loop. Blocks SIGTERM and SIGINT in the calling thread and in threads that it starts
 * later, as the loop reads these signals. Returns 0 or -errno.
 */
int loop_new(struct loop **out);

/* Frees the loop with its timers; takes NULL too. */
void loop_free(struct loop *loop);

/*
 * Has `fn` called with `arg` whenever `fd` is readable. The descriptor stays the caller's.
 * Returns 0 or -errno.
 */
int loop_watch(struct loop *loop, int fd, loop_fn fn, void *arg);

/* Creates a timer that is not running yet; it is freed with the loop. Returns 0 or -errno. */
int loop_timer_new(struct loop *loop, loop_fn fn, void *arg, struct loop_timer **out);

/*
 * Starts or restarts a timer: its function is called once after `ms` milliseconds (at least 1),
 * or every `ms` milliseconds if `repeat` is set.
 */
void loop_timer_start(struct loop_timer *timer, unsigned int ms, bool repeat);

/* Runs the loop until a signal ends it. Returns 0 then, or -errno. */
int loop_run(struct loop *loop);

#endif
