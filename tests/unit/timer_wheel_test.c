/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Timers: which run, when, and in which order. */
#include "suite.h"

#include "engine/timer_wheel.h"

#define NOW (1700000000 * SEC)
#define TIMERS 8

struct wheel_clock {
	struct timer_wheel wheel;
	struct timer timer[TIMERS];
	u32 called[TIMERS], order[64], calls;
	u64 again_ns; /* whoever is called waits again, until then; 0: not */
	struct timer *stops; /* whoever is called ends this one */
};

static int wheel_setup(void **state)
{
	static struct wheel_clock c;

	memset(&c, 0, sizeof(c));
	timer_wheel_begin(&c.wheel);
	*state = &c;
	return 0;
}

static void on_due(void *arg, struct timer *timer)
{
	struct wheel_clock *c = arg;

	c->order[c->calls++] = (u32)(timer - c->timer);
	c->called[timer - c->timer]++;
	if (c->again_ns)
		timer_set(&c->wheel, timer, c->again_ns);
	if (c->stops)
		timer_cancel(c->stops);
}

static void run_wheel(struct wheel_clock *c, u64 now_ns)
{
	timer_wheel_run(&c->wheel, now_ns, on_due, c);
}

static void no_timer_runs_early(void **state)
{
	struct wheel_clock *c = *state;

	run_wheel(c, NOW);
	timer_set(&c->wheel, &c->timer[0], NOW + SEC / 2);
	timer_set(&c->wheel, &c->timer[1], NOW + 10 * SEC);
	run_wheel(c, NOW + SEC / 2 - 1);
	assert_int_equal(c->calls, 0);
	run_wheel(c, NOW + SEC / 2);
	assert_int_equal(c->called[0], 1);
	run_wheel(c, NOW + 10 * SEC - 1);
	assert_int_equal(c->called[1], 0);
	run_wheel(c, NOW + 10 * SEC);
	run_wheel(c, NOW + 20 * SEC);
	assert_int_equal(c->called[0], 1);
	assert_int_equal(c->called[1], 1);
}

static void a_timer_set_for_now_runs_once_a_run(void **state)
{
	struct wheel_clock *c = *state;

	run_wheel(c, NOW);
	timer_set(&c->wheel, &c->timer[0], NOW);
	for (u32 i = 1; i <= 5; i++) {
		c->again_ns = NOW + i * 3 * SEC;
		run_wheel(c, NOW + i * 3 * SEC);
		assert_int_equal(c->called[0], i);
	}
}

static void timers_run_in_the_order_they_were_set(void **state)
{
	struct wheel_clock *c = *state;

	run_wheel(c, NOW);
	for (int i = 0; i < 4; i++)
		timer_set(&c->wheel, &c->timer[i], NOW + SEC);
	timer_set(&c->wheel, &c->timer[0], NOW + SEC + 1);
	run_wheel(c, NOW + 2 * SEC);
	assert_int_equal(c->calls, 4);
	assert_int_equal(c->order[0], 1);
	assert_int_equal(c->order[3], 0);
}

static void a_timer_may_cancel_another(void **state)
{
	struct wheel_clock *c = *state;

	timer_set(&c->wheel, &c->timer[0], NOW);
	timer_set(&c->wheel, &c->timer[1], NOW);
	c->stops = &c->timer[1];
	run_wheel(c, NOW);
	run_wheel(c, NOW + SEC);
	assert_int_equal(c->called[0], 1);
	assert_int_equal(c->called[1], 0);
	timer_cancel(&c->timer[1]); /* that does not wait */
}

static void a_time_in_the_past_means_the_next_run(void **state)
{
	struct wheel_clock *c = *state;

	run_wheel(c, NOW);
	timer_set(&c->wheel, &c->timer[0], NOW - 100 * SEC);
	run_wheel(c, NOW);
	assert_int_equal(c->called[0], 1);
}

/* Further than the wheel reaches, both ways: a capture may begin at any time. */
static void distant_timers_run(void **state)
{
	struct wheel_clock *c = *state;
	const u64 far = NOW + 3 * TIMER_SLOTS * SEC;

	timer_set(&c->wheel, &c->timer[0], far); /* before the first run */
	run_wheel(c, NOW);
	timer_set(&c->wheel, &c->timer[1], far);
	timer_set(&c->wheel, &c->timer[2], 1ull << 62);
	for (u64 now = NOW; now < far; now += 100 * SEC)
		run_wheel(c, now);
	assert_int_equal(c->calls, 0);
	run_wheel(c, far);
	assert_int_equal(c->called[0], 1);
	assert_int_equal(c->called[1], 1);
	run_wheel(c, far + 50 * TIMER_SLOTS * SEC); /* a gap */
	assert_int_equal(c->called[2], 0);
}

static void time_may_start_over(void **state)
{
	struct wheel_clock *c = *state;

	run_wheel(c, NOW);
	timer_set(&c->wheel, &c->timer[0], NOW + 5 * SEC);
	run_wheel(c, NOW / 2);
	timer_set(&c->wheel, &c->timer[1], NOW / 2 + SEC);
	run_wheel(c, NOW / 2 + SEC);
	assert_int_equal(c->called[0], 0);
	assert_int_equal(c->called[1], 1);
	run_wheel(c, NOW + 5 * SEC);
	assert_int_equal(c->called[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_timer_runs_early, wheel_setup),
		cmocka_unit_test_setup(a_timer_set_for_now_runs_once_a_run, wheel_setup),
		cmocka_unit_test_setup(timers_run_in_the_order_they_were_set, wheel_setup),
		cmocka_unit_test_setup(a_timer_may_cancel_another, wheel_setup),
		cmocka_unit_test_setup(a_time_in_the_past_means_the_next_run, wheel_setup),
		cmocka_unit_test_setup(distant_timers_run, wheel_setup),
		cmocka_unit_test_setup(time_may_start_over, wheel_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
