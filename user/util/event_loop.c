/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "util/event_loop.h"
#include "util/time.h"

#define EVENTS_AT_ONCE 16

/* A descriptor that the loop waits for; with `own` set it is closed together with the loop. */
struct watch {
	struct watch *next;
	int fd;
	bool own;
	loop_fn fn;
	void *arg;
};

struct loop_timer {
	struct watch watch;
	loop_fn fn;
	void *arg;
};

struct loop {
	int epoll;
	int signals;
	bool stop;
	struct watch *watches;
};

static int loop_add(struct loop *loop, struct watch *watch)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = watch};

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event))
		return -errno;
	watch->next = loop->watches;
	loop->watches = watch;
	return 0;
}

int loop_watch(struct loop *loop, int fd, loop_fn fn, void *arg)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return -ENOMEM;
	watch->fd = fd;
	watch->fn = fn;
	watch->arg = arg;
	err = loop_add(loop, watch);
	if (err)
		free(watch);
	return err;
}

static void on_signal(void *arg)
{
	struct loop *loop = arg;

	loop->stop = true;
}

static int loop_watch_signals(struct loop *loop)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signals < 0)
		return -errno;
	return loop_watch(loop, loop->signals, on_signal, loop);
}

int loop_new(struct loop **out)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int err;

	if (!loop)
		return -ENOMEM;
	loop->signals = -1;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	err = loop->epoll < 0 ? -errno : loop_watch_signals(loop);
	if (err) {
		loop_free(loop);
		return err;
	}
	*out = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	struct watch *next;

	if (!loop)
		return;
	for (struct watch *watch = loop->watches; watch; watch = next) {
		next = watch->next;
		if (watch->own)
			close(watch->fd);
		free(watch);
	}
	if (loop->signals >= 0)
		close(loop->signals);
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop);
}

/* The descriptor stays readable until the count is read (timerfd_create(2)). */
static void on_expired(void *arg)
{
	struct loop_timer *timer = arg;
	unsigned long long count;

	if (read(timer->watch.fd, &count, sizeof(count)) == sizeof(count))
		timer->fn(timer->arg);
}

int loop_timer_new(struct loop *loop, loop_fn fn, void *arg, struct loop_timer **out)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));
	int err;

	if (!timer)
		return -ENOMEM;
	timer->fn = fn;
	timer->arg = arg;
	timer->watch = (struct watch){.own = true, .fn = on_expired, .arg = timer};
	timer->watch.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	err = timer->watch.fd < 0 ? -errno : loop_add(loop, &timer->watch);
	if (err) {
		if (timer->watch.fd >= 0)
			close(timer->watch.fd);
		free(timer);
		return err;
	}
	*out = timer;
	return 0;
}

void loop_timer_start(struct loop_timer *timer, unsigned int ms, bool repeat)
{
	struct itimerspec spec = {
		.it_value = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000 * NS_PER_MS)},
	};

	if (repeat)
		spec.it_interval = spec.it_value;
	timerfd_settime(timer->watch.fd, 0, &spec, NULL);
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[EVENTS_AT_ONCE];

	while (!loop->stop) {
		int count = epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, -1);

		if (count < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < count && !loop->stop; i++) {
			struct watch *watch = events[i].data.ptr;

			watch->fn(watch->arg);
		}
	}
	return 0;
}
