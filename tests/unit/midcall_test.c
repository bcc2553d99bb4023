/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls that break, limp, recover and end. */
#include "midcall_fixture.h"

#include "engine/state.h"

static struct session *session_now(struct midcall *m, struct engine_view **view)
{
	*view = only_session(&m->w);
	return &(*view)->sessions[0];
}

static u32 entries_of(const struct session *s, u8 state)
{
	u32 count = 0;

	for (u32 i = 0; s->course && i < s->course->nentries; i++)
		count += s->course->entries[i].state == state;
	return count;
}

static void expect_entries(struct midcall *m, u8 state, u32 count)
{
	struct engine_view *view;

	assert_int_equal(entries_of(session_now(m, &view), state), count);
	engine_view_free(view);
}

static u32 lost_here(struct midcall *m, u32 ssrc)
{
	struct engine_view *view;
	struct session *s = session_now(m, &view);
	u32 lost = 0;

	for (u32 i = 0; i < s->nmedia; i++)
		if (s->media[i].ssrc == ssrc)
			lost = s->media[i].lost_here;
	engine_view_free(view);
	return lost;
}

static void set_dropped(struct way_state *way, u32 of_first, u32 of_second)
{
	way->dropped[0] = of_first;
	way->dropped[1] = of_second;
}

static void expect_works(struct midcall *m)
{
	struct engine_view *view;
	struct session *s = session_now(m, &view);

	assert_int_equal(s->verdict, VERDICT_SUCCEEDED);
	assert_int_equal(s->stage, STAGE_MEDIA);
	assert_int_equal(s->course ? s->course->impaired.from_ns : 0, 0);
	assert_int_equal(entries_of(s, COURSE_CUT) + entries_of(s, COURSE_IMPAIRED), 0);
	engine_view_free(view);
}

static void nothing_happens(void **state)
{
	struct midcall *m = *state;

	call_goes_on(m, 60);
	expect_works(m);
}

/* --- cut here --- */

static void cut_one_way(struct midcall *m, enum host_dir way)
{
	struct engine_view *view;
	struct session *s;

	set_dropped(&m->way[way], RATE, RATE);
	call_goes_on(m, 3);
	expect_verdict(&m->w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	call_goes_on(m, 2);
	expect_verdict(&m->w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
	call_goes_on(m, 20);
	s = session_now(m, &view);
	assert_int_equal(s->verdict, VERDICT_BLOCKED);
	assert_int_equal(entries_of(s, COURSE_CUT), 1);
	assert_true(s->course->worked_ns > 8 * SEC && s->course->worked_ns < 11 * SEC);
	assert_int_equal(s->over, 0);
	engine_view_free(view);
	assert_int_equal(lost_here(m, 0x100 * (u32)(way + 1)), 25 * RATE);
}

static void media_of_the_host_is_cut(void **state)
{
	cut_one_way(*state, OUT);
}

static void media_of_the_peer_is_cut(void **state)
{
	cut_one_way(*state, IN);
}

static void one_stream_is_cut(void **state)
{
	struct midcall *m = *state;

	set_dropped(&m->way[OUT], 0, RATE);
	call_goes_on(m, 5);
	expect_verdict(&m->w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
	assert_int_equal(lost_here(m, 0x100 * (OUT + 1)), 0);
}

static void everything_is_cut(void **state)
{
	struct midcall *m = *state;

	for (int way = 0; way < 2; way++) {
		set_dropped(&m->way[way], RATE, RATE);
		m->way[way].checks_dropped = true;
	}
	call_goes_on(m, 5);
	expect_verdict(&m->w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
	call_goes_on(m, 40); /* and never consent-lost */
	expect_verdict(&m->w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
}

/* Of data alone nothing but its checks is seen every few seconds. */
static void checks_alone_are_cut(void **state)
{
	struct midcall *m = *state;

	m->way[OUT].silent = m->way[IN].silent = true;
	call_goes_on(m, 5);
	m->way[OUT].checks_dropped = true;
	m->way[IN].gone = true;
	call_goes_on(m, 7);
	expect_verdict(&m->w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
}

static void a_rule_is_removed(void **state)
{
	struct midcall *m = *state;
	struct engine_view *view;
	struct session *s;

	set_dropped(&m->way[OUT], RATE, RATE);
	call_goes_on(m, 8);
	set_dropped(&m->way[OUT], 0, 0);
	call_goes_on(m, 2);
	s = session_now(m, &view);
	assert_int_equal(s->verdict, VERDICT_SUCCEEDED);
	assert_int_equal(entries_of(s, COURSE_RECOVERED), 1);
	assert_int_equal(s->course->impaired.where, WHERE_HERE);
	assert_int_equal(s->course->impaired.cause, CAUSE_RULE);
	assert_int_equal(s->course->impaired.dir, MEDIA_OUT);
	assert_int_equal(s->course->impaired.dropped, 8 * RATE * STREAMS);
	engine_view_free(view);
	call_goes_on(m, 10);
	expect_entries(m, COURSE_CUT, 1);
	expect_entries(m, COURSE_RECOVERED, 1);
}

/* What was dropped just before does not impair what passes again. */
static void a_recovery_is_told_at_once(void **state)
{
	struct midcall *m = *state;

	set_dropped(&m->way[OUT], RATE, RATE);
	call_goes_on(m, 8);
	set_dropped(&m->way[OUT], 0, 0);
	drop_packets(m, OUT, CLASS_RTP, 0, 1);
	expect_entries(m, COURSE_RECOVERED, 0);
	call_goes_on(m, 1);
	ice_request(&m->w, OUT, 0);
	expect_entries(m, COURSE_RECOVERED, 1);
	expect_verdict(&m->w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

/* As the clock is followed, the time of the same packet is told as a little later. */
static void the_clock_is_adjusted(void **state)
{
	struct midcall *m = *state;

	set_dropped(&m->way[OUT], RATE, RATE);
	call_goes_on(m, 8);
	for (u32 i = 0; i < STREAMS; i++)
		half_at(m, SIDE_WAN, OUT)->stream[i].last_ns += 1000;
	call_goes_on(m, 3);
	expect_entries(m, COURSE_RECOVERED, 0);
	expect_entries(m, COURSE_CUT, 1);
}

/* Who only sends gets reports alone. */
static void a_publisher_recovers(void **state)
{
	struct midcall *m = *state;

	m->way[IN].silent = true;
	call_goes_on(m, 5);
	set_dropped(&m->way[OUT], RATE, RATE);
	call_goes_on(m, 8);
	expect_verdict(&m->w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
	set_dropped(&m->way[OUT], 0, 0);
	call_goes_on(m, 2);
	expect_verdict(&m->w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

/* --- inside TURN --- */

#define SERVER ep("5.0.0.10", 3478)

static void on_the_carrier(struct midcall *m, struct event (*make)(struct midcall *),
			   enum side side)
{
	struct endpoint relay = m->w.relay, peer = m->w.peer;
	struct event ev;

	m->w.relay = (struct endpoint){0};
	m->w.peer = SERVER;
	ev = make(m);
	ev.ifindex = side == SIDE_LAN ? LAN : WAN;
	engine_event(m->w.e, &ev);
	m->w.relay = relay;
	m->w.peer = peer;
}

static struct event allocated(struct midcall *m)
{
	struct event ev = event_at_point(&m->w, SIDE_LAN, IN, EVENT_STUN, CLASS_STUN);

	ev.stun.cls = STUN_SUCCESS;
	ev.stun.method = STUN_ALLOCATE;
	ev.stun.flags = STUN_F_MATCHED;
	ev.stun.relayed = ep("5.0.0.10", 50000);
	ev.stun.mapped = m->w.mapped;
	return ev;
}

static struct event carrier_dropped(struct midcall *m)
{
	struct event ev = event_at_point(&m->w, SIDE_LAN, OUT, EVENT_DROP, CLASS_CHANNEL_DATA);

	ev.drop.reason = 5;
	ev.drop.count = m->carrier_drops += STREAMS * RATE;
	return ev;
}

static int relayed_setup(void **state)
{
	static struct midcall m;

	memset(&m, 0, sizeof(m));
	engine_fixture_start(&m.w);
	on_the_carrier(&m, allocated, SIDE_LAN);
	m.w.relay = SERVER;
	m.unseen = true; /* inside the server's connection the kernel's drops are not told apart */
	call_begins(&m);
	*state = &m;
	return 0;
}

static void the_turn_server_is_banned(void **state)
{
	struct midcall *m = *state;

	set_dropped(&m->way[OUT], RATE, RATE);
	for (int i = 0; i < 6; i++) {
		on_the_carrier(m, carrier_dropped, SIDE_LAN);
		call_goes_on(m, 1);
	}
	expect_verdict(&m->w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
}

/* --- impaired --- */

static void part_is_dropped(void **state)
{
	struct midcall *m = *state;
	struct engine_view *view;
	struct session *s;

	set_dropped(&m->way[IN], 10, 20);
	call_goes_on(m, 10);
	s = session_now(m, &view);
	assert_int_equal(s->verdict, VERDICT_SUCCEEDED);
	assert_int_equal(s->course->impaired.where, WHERE_HERE);
	assert_int_equal(s->course->impaired.cause, CAUSE_RULE);
	assert_int_equal(s->course->impaired.dir, MEDIA_IN);
	assert_int_equal(s->course->impaired.kind, MEDIA_KIND_SRTP);
	assert_int_equal(s->course->impaired.dropped, 300);
	assert_int_equal(entries_of(s, COURSE_IMPAIRED), 1);
	engine_view_free(view);
	set_dropped(&m->way[IN], 0, 0);
	call_goes_on(m, 3);
	expect_entries(m, COURSE_RECOVERED, 1);
	assert_int_equal(lost_here(m, 0x100 * (IN + 1)), 100);
}

static void a_few_packets_are_nothing(void **state)
{
	struct midcall *m = *state;

	set_dropped(&m->way[OUT], 3, 2);
	call_goes_on(m, 1);
	set_dropped(&m->way[OUT], 0, 0);
	call_goes_on(m, 30);
	expect_works(m);
	assert_int_equal(lost_here(m, 0x100 * (OUT + 1)), 3); /* and yet they are counted */
}

/* A limit that is reached now and then is one trouble, and not one for each time. */
static void what_comes_again_is_one(void **state)
{
	struct midcall *m = *state;

	for (int i = 0; i < 20; i++) {
		set_dropped(&m->way[OUT], 20, 20);
		call_goes_on(m, 1);
		set_dropped(&m->way[OUT], 0, 0);
		call_goes_on(m, 4);
	}
	expect_entries(m, COURSE_IMPAIRED, 1);
}

/* Half of it is lost upstream, which no rule of this gateway has to do with. */
static void part_is_lost_before(void **state)
{
	struct midcall *m = *state;
	struct engine_view *view;
	struct session *s;

	m->way[IN].part_lost = RATE / 2;
	call_goes_on(m, 6);
	s = session_now(m, &view);
	assert_int_equal(s->verdict, VERDICT_SUCCEEDED);
	assert_int_equal(s->course->impaired.where, WHERE_UPSTREAM);
	assert_int_equal(s->course->impaired.cause, CAUSE_NONE);
	assert_int_equal(s->course->impaired.dir, MEDIA_IN);
	assert_true(s->course->impaired.dropped >= 5 * RATE);
	engine_view_free(view);
	assert_int_equal(lost_here(m, 0x100 * (IN + 1)), 0);
	m->way[IN].part_lost = 0;
	call_goes_on(m, 8);
	expect_entries(m, COURSE_RECOVERED, 1);
}

/* --- what is no fault --- */

static void mute(void **state)
{
	struct midcall *m = *state;

	m->way[OUT].silent = true;
	call_goes_on(m, 20);
	expect_works(m);
	m->way[OUT].silent = false;
	m->way[IN].silent = true;
	call_goes_on(m, 40);
	expect_works(m);
}

static void hold(void **state)
{
	struct midcall *m = *state;

	m->way[OUT].silent = m->way[IN].silent = true;
	call_goes_on(m, 60);
	m->way[OUT].silent = m->way[IN].silent = false;
	call_goes_on(m, 10);
	expect_works(m);
}

static void both_hang_up(void **state)
{
	struct midcall *m = *state;
	struct engine_view *view;
	struct session *s;

	m->way[OUT].gone = m->way[IN].gone = true;
	call_goes_on(m, 9);
	s = session_now(m, &view);
	assert_int_equal(s->verdict, VERDICT_SUCCEEDED);
	assert_int_equal(s->stage, STAGE_ENDED);
	assert_int_equal(s->over, 1);
	assert_true(s->times.ended == s->times.last);
	engine_view_free(view);
	expect_entries(m, COURSE_CUT, 0);
}

/* The peer is the first, and its kernel answers what the host still sends. */
static void a_hang_up_with_an_error(void **state)
{
	struct midcall *m = *state;

	m->way[IN].gone = true;
	call_goes_on(m, 1);
	port_unreachable(m);
	m->way[OUT].gone = true;
	call_goes_on(m, 5);
	expect_verdict(&m->w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_ENDED);
}

/* A laptop that slept. */
static void what_had_ended_goes_on(void **state)
{
	struct midcall *m = *state;

	m->way[OUT].gone = m->way[IN].gone = true;
	call_goes_on(m, 20);
	m->way[OUT].gone = m->way[IN].gone = false;
	call_goes_on(m, 3);
	expect_works(m);
}

/* Streams that come and go without end keep no more than a bound, which is counted. */
static void streams_without_end(void **state)
{
	struct midcall *m = *state;

	set_dropped(&m->way[OUT], 10, 10);
	call_goes_on(m, 1);
	for (u32 ssrc = 0; ssrc < 40; ssrc++) {
		half_at(m, SIDE_LAN, OUT)->stream[0].ssrc = 0x9000 + ssrc;
		sample_side(m, SIDE_LAN);
	}
	assert_true(m->w.e->metrics->bounds_reached[BOUND_STREAMS] > 0);
}

/* --- the other side --- */

static void the_peer_is_gone(void **state)
{
	struct midcall *m = *state;

	m->way[IN].gone = true;
	port_unreachable(m);
	port_unreachable(m);
	call_goes_on(m, 3);
	expect_verdict(&m->w, VERDICT_FAILED, WHERE_NONE, CAUSE_PEER_GONE, STAGE_MEDIA);
}

/* One error alone is not believed; that nothing comes is told when consent is over (RFC 7675). */
static void one_error_alone(void **state)
{
	struct midcall *m = *state;

	m->way[IN].gone = true;
	port_unreachable(m);
	call_goes_on(m, 20);
	expect_works(m);
	call_goes_on(m, 13);
	expect_verdict(&m->w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

/* Both points of the gateway see the same error, which counts once. */
static void one_error_at_both_points(void **state)
{
	struct midcall *m = *state;
	struct event ev = event_at_point(&m->w, SIDE_LAN, IN, EVENT_ICMP, CLASS_OTHER);

	m->way[IN].gone = true;
	port_unreachable(m);
	ev.icmp.type = 3;
	ev.icmp.code = 3;
	ev.icmp.sender = ep("5.0.0.2", 0);
	engine_event(m->w.e, &ev);
	call_goes_on(m, 5);
	expect_works(m);
}

/* One packet that anybody can make ends nothing while the peer goes on. */
static void a_forged_error(void **state)
{
	struct midcall *m = *state;

	port_unreachable(m);
	call_goes_on(m, 20);
	expect_works(m);
}

static void the_peer_falls_silent(void **state)
{
	struct midcall *m = *state;

	m->way[IN].lost = true;
	call_goes_on(m, 20);
	expect_works(m);
	call_goes_on(m, 13);
	expect_verdict(&m->w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void the_host_gives_up(void **state)
{
	struct midcall *m = *state;
	struct engine_view *view;

	m->way[IN].lost = true;
	call_goes_on(m, 16);
	m->way[OUT].gone = true;
	call_goes_on(m, 9);
	expect_verdict(&m->w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
	assert_true(session_now(m, &view)->probable);
	engine_view_free(view);
}

/* --- both sides' captures: drops are not seen --- */

static int capture_setup(void **state)
{
	static struct midcall m;

	memset(&m, 0, sizeof(m));
	m.unseen = true;
	engine_fixture_start(&m.w);
	m.w.e->sees_drops = 0;
	call_begins(&m);
	*state = &m;
	return 0;
}

static void a_cut_between_two_captures(void **state)
{
	struct midcall *m = *state;

	set_dropped(&m->way[OUT], RATE, RATE);
	call_goes_on(m, 6);
	expect_verdict(&m->w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_DROP, STAGE_MEDIA);
}

static void loss_between_two_captures(void **state)
{
	struct midcall *m = *state;

	set_dropped(&m->way[OUT], 7, 7);
	call_goes_on(m, 20);
	expect_works(m);
}

/* What is sampled first of a stream that goes on after a pause has not stopped. */
static void a_pause_between_two_captures(void **state)
{
	struct midcall *m = *state;

	m->way[OUT].silent = true;
	call_goes_on(m, 30);
	m->way[OUT].silent = false;
	media_goes(m, OUT);
	sample_side(m, SIDE_LAN);
	ice_request(&m->w, OUT, 0);
	expect_works(m);
}

/* The data plane has made a new record of a flow that was silent for long: it counts from 0 on. */
static void a_record_that_is_new(void **state)
{
	struct midcall *m = *state;
	struct engine_view *view;

	set_dropped(&m->way[OUT], 3, 3);
	call_goes_on(m, 1);
	set_dropped(&m->way[OUT], 0, 0);
	call_goes_on(m, 10);
	memset(m->record, 0, sizeof(m->record));
	m->seconds = 0;
	call_goes_on(m, 10);
	expect_works(m);
	set_dropped(&m->way[OUT], 20, 20);
	call_goes_on(m, 5);
	assert_int_equal(session_now(m, &view)->course->impaired.dropped, 5 * 20 * STREAMS);
	assert_true(view->sessions[0].course->impaired.passed < 20 * RATE * STREAMS);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_happens, midcall_setup, midcall_teardown),
#define MIDCALL(test) cmocka_unit_test_setup_teardown(test, midcall_setup, midcall_teardown)
#define CAPTURE(test) cmocka_unit_test_setup_teardown(test, capture_setup, midcall_teardown)
		MIDCALL(media_of_the_host_is_cut),
		MIDCALL(media_of_the_peer_is_cut),
		MIDCALL(one_stream_is_cut),
		MIDCALL(everything_is_cut),
		MIDCALL(checks_alone_are_cut),
		MIDCALL(a_rule_is_removed),
		MIDCALL(a_recovery_is_told_at_once),
		MIDCALL(the_clock_is_adjusted),
		MIDCALL(a_publisher_recovers),
		cmocka_unit_test_setup_teardown(the_turn_server_is_banned, relayed_setup,
						midcall_teardown),
		MIDCALL(part_is_dropped),
		MIDCALL(a_few_packets_are_nothing),
		MIDCALL(what_comes_again_is_one),
		MIDCALL(part_is_lost_before),
		MIDCALL(mute),
		MIDCALL(hold),
		MIDCALL(both_hang_up),
		MIDCALL(a_hang_up_with_an_error),
		MIDCALL(what_had_ended_goes_on),
		MIDCALL(streams_without_end),
		MIDCALL(the_peer_is_gone),
		MIDCALL(one_error_alone),
		MIDCALL(one_error_at_both_points),
		MIDCALL(a_forged_error),
		MIDCALL(the_peer_falls_silent),
		MIDCALL(the_host_gives_up),
		CAPTURE(a_cut_between_two_captures),
		CAPTURE(loss_between_two_captures),
		CAPTURE(a_pause_between_two_captures),
		MIDCALL(a_record_that_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
