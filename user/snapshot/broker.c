/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "snapshot/broker.h"
#include "util/time.h"

enum state { WAITING, SERVED, DONE };

/* Lies on the asker's stack: the asker leaves only once it is out of the queue or done. */
struct request {
	struct request *next;
	unsigned int what;
	struct view_filter filter;
	enum state state;
	struct snapshot *answer;
};

struct broker {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct request *queue;
	bool closed;
	int fd;
	broker_make_fn make;
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

static void take_out(struct broker *broker, const struct request *request)
{
	for (struct request **at = &broker->queue; *at; at = &(*at)->next)
		if (*at == request) {
			*at = request->next;
			return;
		}
}

static struct request *next_request(struct broker *broker)
{
	struct request *request;

	pthread_mutex_lock(&broker->lock);
	request = broker->queue;
	if (request) {
		broker->queue = request->next;
		request->state = SERVED;
	}
	pthread_mutex_unlock(&broker->lock);
	return request;
}

/* The copy is made without the lock: others may queue up meanwhile. */
void broker_serve(struct broker *broker)
{
	struct request *request;
	eventfd_t count;

	eventfd_read(broker->fd, &count);
	while ((request = next_request(broker))) {
		struct snapshot *answer =
			broker->make(broker->arg, request->what, &request->filter);

		pthread_mutex_lock(&broker->lock);
		request->answer = answer;
		request->state = DONE;
		pthread_cond_broadcast(&broker->answered);
		pthread_mutex_unlock(&broker->lock);
	}
}

static struct timespec deadline(unsigned int ms)
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
 * With the lock held. A request that is being served is waited for without a limit: a copy is
 * finite work.
 */
static void wait_for(struct broker *broker, struct request *request, const struct timespec *until)
{
	int err = 0;

	while (request->state != DONE) {
		if (request->state == SERVED) {
			pthread_cond_wait(&broker->answered, &broker->lock);
			continue;
		}
		if (err || broker->closed) {
			take_out(broker, request);
			return;
		}
		err = pthread_cond_timedwait(&broker->answered, &broker->lock, until);
	}
}

struct snapshot *broker_ask(struct broker *broker, unsigned int what,
			    const struct view_filter *filter, unsigned int timeout_ms)
{
	struct request request = {.what = what};
	struct timespec until = deadline(timeout_ms);

	if (filter)
		request.filter = *filter;
	pthread_mutex_lock(&broker->lock);
	request.next = broker->queue;
	broker->queue = &request;
	eventfd_write(broker->fd, 1);
	wait_for(broker, &request, &until);
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
