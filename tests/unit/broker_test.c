/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The snapshot broker: who is served, in which order, and who goes without. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "suite.h"

#include "snapshot/broker.h"

#define ASKERS 8
#define LONG_MS 10000
#define SHORT_MS 20

struct asker {
	pthread_t thread;
	struct broker *broker;
	unsigned int what, timeout_ms;
	struct snapshot *answer;
};

/* What the broker asked for, in that order. */
static struct {
	unsigned int asked[ASKERS];
	u64 ids[ASKERS];
	size_t count;
} made;

static struct snapshot *make(void *arg, unsigned int what, const struct view_filter *filter)
{
	assert_ptr_equal(arg, &made);
	made.asked[made.count] = what;
	made.ids[made.count++] = filter->id;
	return calloc(1, sizeof(struct snapshot));
}

static void *ask_broker(void *arg)
{
	struct asker *asker = arg;
	struct view_filter filter = {.id = 100 + asker->what};

	asker->answer = broker_ask(asker->broker, asker->what, &filter, asker->timeout_ms);
	return NULL;
}

/* Starts a thread that asks, and returns once its request is in the queue. */
static void start_asker(struct asker *asker, struct broker *broker, unsigned int what,
			unsigned int timeout_ms)
{
	struct pollfd wait = {.fd = broker_fd(broker), .events = POLLIN};
	eventfd_t count;

	*asker = (struct asker){.broker = broker, .what = what, .timeout_ms = timeout_ms};
	assert_int_equal(pthread_create(&asker->thread, NULL, ask_broker, asker), 0);
	assert_int_equal(poll(&wait, 1, LONG_MS), 1);
	assert_int_equal(eventfd_read(wait.fd, &count), 0);
}

/* Waits for the thread's end; returns whether it got a snapshot. */
static bool finish(struct asker *asker)
{
	bool got;

	assert_int_equal(pthread_join(asker->thread, NULL), 0);
	got = asker->answer;
	snapshot_free(asker->answer);
	return got;
}

static void first_come_first_served(void **state)
{
	struct broker *broker = *state;
	struct asker askers[ASKERS];

	for (unsigned int i = 0; i < ASKERS; i++)
		start_asker(&askers[i], broker, i, LONG_MS);
	broker_serve(broker);
	for (unsigned int i = 0; i < ASKERS; i++) {
		assert_true(finish(&askers[i]));
		assert_int_equal(made.asked[i], i);
		assert_int_equal(made.ids[i], 100 + i);
	}
	assert_int_equal(made.count, ASKERS);
}

static void who_waits_too_long_leaves_the_queue(void **state)
{
	struct broker *broker = *state;
	struct asker askers[3];

	start_asker(&askers[0], broker, 0, LONG_MS);
	start_asker(&askers[1], broker, 1, SHORT_MS);
	start_asker(&askers[2], broker, 2, LONG_MS);
	assert_false(finish(&askers[1]));
	broker_serve(broker);
	assert_true(finish(&askers[0]));
	assert_true(finish(&askers[2]));
	assert_int_equal(made.count, 2);
	assert_int_equal(made.asked[0], 0);
	assert_int_equal(made.asked[1], 2);
}

static void a_closed_broker_sends_everybody_away(void **state)
{
	struct broker *broker = *state;
	struct asker askers[2];

	start_asker(&askers[0], broker, 0, LONG_MS);
	broker_close(broker);
	assert_false(finish(&askers[0]));
	start_asker(&askers[1], broker, 1, LONG_MS);
	assert_false(finish(&askers[1]));
	broker_serve(broker);
	assert_int_equal(made.count, 0);
}

static int broker_setup(void **state)
{
	made.count = 0;
	return broker_new((struct broker **)state, make, &made);
}

static int broker_teardown(void **state)
{
	broker_free(*state);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_come_first_served, broker_setup,
						broker_teardown),
		cmocka_unit_test_setup_teardown(who_waits_too_long_leaves_the_queue, broker_setup,
						broker_teardown),
		cmocka_unit_test_setup_teardown(a_closed_broker_sends_everybody_away, broker_setup,
						broker_teardown),
	};

	return cmocka_run_group_tests_name("broker", tests, NULL, NULL);
}
