/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "snapshot/broker.h"
#include "util/time.h"

enum request_state { REQUEST_WAITING, REQUEST_SERVED, REQUEST_DONE };

/* Lies on the asker's stack: the asker returns only once it is out of the queue or done. */
struct snapshot_request {
	struct snapshot_request *prev, *next; /* in the queue, while it waits */
	unsigned int what;
	struct view_filter filter;
	enum request_state state;
	struct snapshot *answer;
};

struct broker {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct snapshot_request *queue; /* the one that has waited the longest first */
	bool closed;
	int fd;
	broker_make_fn make;
	void *arg;
};

int broker_new(struct broker **out, broker_make_fn make, void *arg)
{
	struct broker *broker = calloc(1, sizeof(*broker));
	pthread_condattr_t attr;

	if (!broker)
		return -ENOMEM;
	broker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (broker->fd < 0) {
		int err = -errno;

		free(broker);
		return err;
	}
	broker->make = make;
	broker->arg = arg;
	pthread_mutex_init(&broker->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&broker->answered, &attr);
	pthread_condattr_destroy(&attr);
	*out = broker;
	return 0;
}

void broker_free(struct broker *broker)
{
	if (!broker)
		return;
	close(broker->fd);
	pthread_cond_destroy(&broker->answered);
	pthread_mutex_destroy(&broker->lock);
	free(broker);
}

int broker_fd(const struct broker *broker)
{
	return broker->fd;
}

static struct snapshot_request *broker_next(struct broker *broker)
{
	struct snapshot_request *request;

	pthread_mutex_lock(&broker->lock);
	request = broker->queue;
	if (request) {
		DL_DELETE(broker->queue, request);
		request->state = REQUEST_SERVED;
	}
	pthread_mutex_unlock(&broker->lock);
	return request;
}

/* The snapshot is made without the lock held: others may queue up meanwhile. */
void broker_serve(struct broker *broker)
{
	struct snapshot_request *request;
	eventfd_t count;

	eventfd_read(broker->fd, &count);
	while ((request = broker_next(broker))) {
		struct snapshot *answer =
			broker->make(broker->arg, request->what, &request->filter);

		pthread_mutex_lock(&broker->lock);
		request->answer = answer;
		request->state = REQUEST_DONE;
		pthread_cond_broadcast(&broker->answered);
		pthread_mutex_unlock(&broker->lock);
	}
}

static struct timespec time_in(unsigned int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (long)(ms % 1000 * NS_PER_MS);
	if (at.tv_nsec >= (long)NS_PER_S) {
		at.tv_sec++;
		at.tv_nsec -= (long)NS_PER_S;
	}
	return at;
}

/*
 * Waits, with the lock held, until the request is done or is given up: it is then out of the queue.
 * One that is being served is waited for without a limit, as a copy is finite work.
 */
static void await_answer(struct broker *broker, struct snapshot_request *request,
			 const struct timespec *until)
{
	int err = 0;

	while (request->state != REQUEST_DONE) {
		if (request->state == REQUEST_SERVED) {
			pthread_cond_wait(&broker->answered, &broker->lock);
			continue;
		}
		if (err || broker->closed) {
			DL_DELETE(broker->queue, request);
			return;
		}
		err = pthread_cond_timedwait(&broker->answered, &broker->lock, until);
	}
}

struct snapshot *broker_ask(struct broker *broker, unsigned int what,
			    const struct view_filter *filter, unsigned int timeout_ms)
{
	struct snapshot_request request = {.what = what};
	struct timespec until = time_in(timeout_ms);

	if (filter)
		request.filter = *filter;
	pthread_mutex_lock(&broker->lock);
	DL_APPEND(broker->queue, &request);
	eventfd_write(broker->fd, 1);
	await_answer(broker, &request, &until);
	pthread_mutex_unlock(&broker->lock);
	return request.answer;
}

void broker_close(struct broker *broker)
{
	pthread_mutex_lock(&broker->lock);
	broker->closed = true;
	pthread_cond_broadcast(&broker->answered);
	pthread_mutex_unlock(&broker->lock);
}
