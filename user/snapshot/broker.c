/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "snapshot/broker.h"

enum state { WAITING, SERVED, DONE };

/* Lies on the asker's stack: the asker leaves only once it is out of the queue or done. */
struct request {
	struct request *next;
	unsigned int what;
	struct view_filter filter;
	enum state state;
	struct snapshot *answer;
};

struct desk {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct request *queue;
	bool closed;
	int fd;
	desk_make_fn make;
	void *arg;
};

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	engine_view_free(snapshot->view);
	free(snapshot->points);
	free(snapshot->drops);
	free(snapshot);
}

int desk_new(struct desk **out, desk_make_fn make, void *arg)
{
	struct desk *desk = calloc(1, sizeof(*desk));
	pthread_condattr_t attr;

	if (!desk)
		return -ENOMEM;
	desk->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (desk->fd < 0) {
		int err = -errno;

		free(desk);
		return err;
	}
	desk->make = make;
	desk->arg = arg;
	pthread_mutex_init(&desk->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&desk->answered, &attr);
	pthread_condattr_destroy(&attr);
	*out = desk;
	return 0;
}

void desk_free(struct desk *desk)
{
	if (!desk)
		return;
	close(desk->fd);
	pthread_cond_destroy(&desk->answered);
	pthread_mutex_destroy(&desk->lock);
	free(desk);
}

int desk_fd(const struct desk *desk)
{
	return desk->fd;
}

static void take_out(struct desk *desk, const struct request *request)
{
	for (struct request **at = &desk->queue; *at; at = &(*at)->next)
		if (*at == request) {
			*at = request->next;
			return;
		}
}

static struct request *next_request(struct desk *desk)
{
	struct request *request;

	pthread_mutex_lock(&desk->lock);
	request = desk->queue;
	if (request) {
		desk->queue = request->next;
		request->state = SERVED;
	}
	pthread_mutex_unlock(&desk->lock);
	return request;
}

/* The copy is made without the lock: others may queue up meanwhile. */
void desk_serve(struct desk *desk)
{
	struct request *request;
	eventfd_t count;

	eventfd_read(desk->fd, &count);
	while ((request = next_request(desk))) {
		struct snapshot *answer = desk->make(desk->arg, request->what, &request->filter);

		pthread_mutex_lock(&desk->lock);
		request->answer = answer;
		request->state = DONE;
		pthread_cond_broadcast(&desk->answered);
		pthread_mutex_unlock(&desk->lock);
	}
}

static struct timespec deadline(unsigned int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/*
 * With the lock held. A request that is being served is waited for without a limit: a copy is
 * finite work.
 */
static void wait_for(struct desk *desk, struct request *request, const struct timespec *until)
{
	int err = 0;

	while (request->state != DONE) {
		if (request->state == SERVED) {
			pthread_cond_wait(&desk->answered, &desk->lock);
			continue;
		}
		if (err || desk->closed) {
			take_out(desk, request);
			return;
		}
		err = pthread_cond_timedwait(&desk->answered, &desk->lock, until);
	}
}

struct snapshot *desk_ask(struct desk *desk, unsigned int what, const struct view_filter *filter,
			  unsigned int timeout_ms)
{
	struct request request = {.what = what};
	struct timespec until = deadline(timeout_ms);

	if (filter)
		request.filter = *filter;
	pthread_mutex_lock(&desk->lock);
	request.next = desk->queue;
	desk->queue = &request;
	eventfd_write(desk->fd, 1);
	wait_for(desk, &request, &until);
	pthread_mutex_unlock(&desk->lock);
	return request.answer;
}

void desk_close(struct desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	desk->closed = true;
	pthread_cond_broadcast(&desk->answered);
	pthread_mutex_unlock(&desk->lock);
}
