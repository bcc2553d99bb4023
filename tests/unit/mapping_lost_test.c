/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session that worked, and whose NAT mapping changes or goes in mid-call. */
#include "cause_events.h"
#include "mapping_fixture.h"

#include "engine/evidence_codes.h"

/* A call by a mapping that conntrack knows. Returns its entry. */
static struct conntrack mapped_call(struct engine_fixture *w)
{
	struct conntrack ct = conntrack_entry(w->host, w->peer, w->mapped);

	answered_call(w);
	report_conntrack(w, SIDE_WAN, &ct);
	ct.status = CONNTRACK_SEEN_REPLY | CONNTRACK_ASSURED;
	answer_questions(w, &ct, 120 * SEC);
	keep_consent(w, 1);
	return ct;
}

/* Every second the host asks in vain, and conntrack gives this answer, none for NULL. */
static void ask_in_vain(struct engine_fixture *w, int seconds, const struct conntrack *ct)
{
	for (int i = 0; i < seconds; i++) {
		ice_request(w, OUT, 0);
		answer_questions(w, ct, 120 * SEC);
		advance_time(w, SEC);
	}
}

static bool evidence_tells(struct engine_fixture *w, enum evidence_code code, const char *text)
{
	struct engine_view *view = only_session(w);
	const struct session *s = &view->sessions[0];
	bool found = false;

	for (u32 i = 0; i < s->nevidence; i++)
		found |= s->evidence[i].code == code && strstr(s->evidence[i].text, text);
	engine_view_free(view);
	return found;
}

static void expect_lost(struct engine_fixture *w)
{
	expect_verdict(w, VERDICT_FAILED, WHERE_HERE, CAUSE_MAPPING_LOST, STAGE_MEDIA);
}

static void expect_working(struct engine_fixture *w)
{
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

/* The host's packets and the peer's, as records count them until `in_ns`. */
static void sample_call(struct engine_fixture *w, u64 in_ns)
{
	struct flow_record record;

	for (int side = SIDE_LAN; side <= SIDE_WAN; side++) {
		struct event ev = event_at_point(w, side, OUT, EVENT_STREAM, CLASS_RTP);
		struct flow_dir *out = &record.dir[side == SIDE_LAN ? DIR_IN : DIR_OUT],
				*in = &record.dir[side == SIDE_LAN ? DIR_OUT : DIR_IN];

		memset(&record, 0, sizeof(record));
		out->rtp_packets = in->rtp_packets = 100;
		out->last_ns = out->media_ns = w->now;
		in->last_ns = in->media_ns = in_ns;
		engine_sample(w->e, &ev.key, &record);
	}
}

/* --- what is lost --- */

static void another_port_after_a_flush(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	ask_in_vain(w, 7, &ct);
	expect_working(w);
	ask_in_vain(w, 2, &ct);
	expect_lost(w);
	assert_true(
		evidence_tells(w, EVIDENCE_MAPPING_CHANGED,
			       "192.168.0.2:7000 was 5.0.0.1:7000 outside, and is 5.0.0.1:7777"));
	assert_true(evidence_tells(w, EVIDENCE_MAPPING_SILENCE, "8 s before"));
}

static void another_address(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	w->mapped = ct.reply_dst = ep("5.0.0.99", 7000);
	ask_in_vain(w, 9, &ct);
	expect_lost(w);
}

static void an_entry_that_is_removed(void **state)
{
	struct engine_fixture *w = *state;

	mapped_call(w);
	w->outbound_drops = true; /* nothing leaves any more */
	ask_in_vain(w, 9, NULL);
	expect_lost(w);
	assert_true(evidence_tells(w, EVIDENCE_MAPPING_GONE, "5.0.0.1:7000"));
	assert_true(evidence_tells(w, EVIDENCE_MAPPING_GONE, "deleted"));
}

/* Media that stops shows it sooner than checks do. */
static void media_stops_at_once(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);
	u64 last;

	sample_call(w, w->now);
	last = w->now;
	w->mapped = ct.reply_dst = ep("5.0.0.99", 7000);
	for (int i = 0; i < 6; i++) {
		answer_questions(w, &ct, 120 * SEC);
		advance_time(w, SEC);
		sample_call(w, last);
	}
	engine_tick(w->e, w->now);
	expect_lost(w);
}

/* The peer answers checks by the new mapping, and sends its media to the old one. */
static void media_does_not_follow(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);
	u64 last = w->now;

	sample_call(w, last);
	w->mapped = ct.reply_dst = ep("5.0.0.99", 7000);
	for (int i = 0; i < 8; i++) {
		answer_questions(w, &ct, 120 * SEC);
		keep_consent(w, 1);
		sample_call(w, last);
	}
	expect_lost(w);
	assert_true(evidence_tells(w, EVIDENCE_MAPPING_MEDIA, "s before"));
	sample_call(w, w->now);
	keep_consent(w, 1);
	expect_working(w);
}

/*
 * Without conntrack. In a session that works the LAN side reports no single checks: the first one
 * that leaves through the new mapping is alone.
 */
static void packets_alone_show_it(void **state)
{
	struct engine_fixture *w = *state;
	struct stun_spec of = {.cls = STUN_REQUEST, .method = STUN_BINDING};

	answered_call(w);
	of.receiver = w->other;
	of.sender = w->own;
	w->mapped = ep("5.0.0.99", 7001);
	for (int i = 0; i < 9; i++) {
		struct event ev;

		of.id = ++w->ids;
		ev = make_stun_event(w, SIDE_WAN, OUT, &of);
		engine_event(w->e, &ev);
		ev.key.far = w->host;
		ev.key.near = w->peer;
		ev.key.tag = LAN;
		engine_sample(w->e, &ev.key,
			      &(struct flow_record){
				      .dir[DIR_IN] = {.last_ns = w->now, .request_ns = w->now}});
		advance_time(w, SEC);
	}
	expect_lost(w);
	assert_true(evidence_tells(w, EVIDENCE_MAPPING_CHANGED, "is 5.0.0.99:7001"));
}

/* As conntrack has told of the new mapping, the first check that leaves through it is enough. */
static void one_packet_shows_it(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);
	struct stun_spec of = {.cls = STUN_REQUEST,
			       .method = STUN_BINDING,
			       .receiver = w->other,
			       .sender = w->own,
			       .id = ++w->ids};
	struct engine_view *view;
	struct event ev;
	u64 last;

	last = w->now;
	sample_call(w, last);
	w->mapped = ct.reply_dst = ep("5.0.0.99", 7001);
	for (int i = 0; i < 4; i++) {
		answer_questions(w, &ct, 120 * SEC);
		advance_time(w, SEC);
		sample_call(w, last);
	}
	ev = make_stun_event(w, SIDE_WAN, OUT, &of);
	ev.count = 1;
	engine_event(w->e, &ev);
	engine_event(w->e, &ev);
	view = only_session(w);
	assert_memory_equal(&view->sessions[0].pairs[0].mapped, &w->mapped, sizeof(w->mapped));
	engine_view_free(view);
}

/* The pair is inside TURN, and what changes is the mapping of what carries it. */
static void the_mapping_of_a_relay(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint turn = ep("5.0.0.10", 3478), peer = w->peer;
	struct conntrack ct = conntrack_entry(w->host, turn, w->mapped);

	mapped_request(w, w->host, w->mapped, turn, w->mapped);
	report_conntrack(w, SIDE_WAN, &ct);
	w->peer = peer;
	w->relay = turn;
	answered_call(w);
	answer_questions(w, &ct, 120 * SEC);
	keep_consent(w, 1);
	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	ask_in_vain(w, 9, &ct);
	expect_lost(w);
}

/* The peer's packets for the old mapping reach the gateway itself, whose rules drop them. */
static void what_then_comes_in_is_dropped_here(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	for (int i = 0; i < 9; i++) {
		w->mapped.port = 7000;
		report_drop(w, SIDE_WAN, IN, CLASS_RTP);
		report_drop(w, SIDE_WAN, IN, CLASS_STUN);
		w->mapped.port = 7777;
		ask_in_vain(w, 1, &ct);
	}
	expect_lost(w);
}

/*
 * NAT drops the packet that finds the entry to be of another interface; what the peer sends to the
 * old outside endpoint is dropped from then on.
 */
static void one_packet_of_the_host_is_dropped_first(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	report_drop(w, SIDE_LAN, OUT, CLASS_DTLS);
	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	for (int i = 0; i < 9; i++) {
		w->mapped.port = 7000;
		report_drop(w, SIDE_WAN, IN, CLASS_DTLS);
		w->mapped.port = 7777;
		ask_in_vain(w, 1, &ct);
	}
	expect_lost(w);
}

/* --- what is not --- */

static void the_peer_follows(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	ask_in_vain(w, 2, &ct);
	keep_consent(w, 20);
	expect_working(w);
	assert_false(evidence_tells(w, EVIDENCE_MAPPING_CHANGED, ""));
}

/* Data goes now and then: that none came since the change says nothing. */
static void data_pauses_behind_a_change(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);
	struct event ev = event_at_point(w, SIDE_LAN, OUT, EVENT_STREAM, CLASS_RTP);
	struct flow_record record = {.dir[DIR_OUT] = {.data_packets = 1, .data_ns = w->now}};

	engine_sample(w->e, &ev.key, &record);
	w->mapped = ct.reply_dst = ep("5.0.0.99", 7000);
	answer_questions(w, &ct, 120 * SEC);
	keep_consent(w, 20);
	expect_working(w);
}

static void the_peer_follows_late(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	ask_in_vain(w, 9, &ct);
	expect_lost(w);
	keep_consent(w, 2);
	expect_working(w);
}

/* The next packet makes the entry anew with the same port; then the peer goes away. */
static void the_same_entry_comes_back(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	ask_in_vain(w, 1, NULL);
	ask_in_vain(w, 27, &ct);
	expect_working(w);
	ask_in_vain(w, 4, &ct);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

/* A change that the call outlived explains no outage later on. */
static void an_outage_long_after_a_change(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	answer_questions(w, &ct, 120 * SEC);
	keep_consent(w, 10);
	ask_in_vain(w, 35, &ct);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void the_host_hangs_up(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	ask_in_vain(w, 2, &ct);
	advance_time(w, 40 * SEC);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_ENDED);
}

/* The new mapping is of no use either: a rule keeps the host's packets from leaving. */
static void what_the_host_sends_is_dropped_here(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = mapped_call(w);

	w->mapped = ct.reply_dst = ep("5.0.0.1", 7777);
	w->outbound_drops = true;
	for (int i = 0; i < 32; i++) {
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		ask_in_vain(w, 1, &ct);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_port_after_a_flush),
		TEST(another_address),
		TEST(an_entry_that_is_removed),
		TEST(media_stops_at_once),
		TEST(media_does_not_follow),
		TEST(packets_alone_show_it),
		TEST(one_packet_shows_it),
		TEST(the_mapping_of_a_relay),
		TEST(what_then_comes_in_is_dropped_here),
		TEST(one_packet_of_the_host_is_dropped_first),
		TEST(the_peer_follows),
		TEST(data_pauses_behind_a_change),
		TEST(the_peer_follows_late),
		TEST(the_same_entry_comes_back),
		TEST(an_outage_long_after_a_change),
		TEST(the_host_hangs_up),
		TEST(what_the_host_sends_is_dropped_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
