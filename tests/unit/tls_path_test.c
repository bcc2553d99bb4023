/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A session whose host has TURN over TLS: that path is reported as probable only if media seems to
 * go through it.
 */
#include "engine_fixture.h"

/* TLS to a server, and its connection's record as a sweep finds it. */
struct tls_calls {
	struct event ev;
	struct flow_record record;
};

static void open_tls_call(struct engine_fixture *w, struct tls_calls *t, const char *name)
{
	struct endpoint peer = w->peer;

	memset(t, 0, sizeof(*t));
	w->peer = ep("5.0.0.10", 443);
	w->tcp = true;
	t->ev = event_at_point(w, SIDE_LAN, OUT, EVENT_TLS, CLASS_OTHER);
	w->tcp = false;
	w->peer = peer;
	t->ev.tls.name_len = (u32)strlen(name);
	memcpy(t->ev.tls.name, name, strlen(name));
	engine_event(w->e, &t->ev);
}

/* Checks that nobody answers, while so many packets a second go through TLS. */
static void check_beside(struct engine_fixture *w, struct tls_calls *t, u32 out, u32 in)
{
	for (int i = 0; i < 45; i++) {
		ice_request(w, OUT, 0);
		t->record.dir[DIR_IN].packets += out;
		t->record.dir[DIR_OUT].packets += in;
		t->record.dir[DIR_IN].last_ns = t->record.dir[DIR_OUT].last_ns = w->now;
		engine_sample(w->e, &t->ev.key, &t->record);
		advance_time(w, SEC);
	}
}

static void media_through_tls_is_probable(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;
	struct tls_calls t;
	struct session *s;

	open_tls_call(w, &t, "turn.example.org\"\n");
	check_beside(w, &t, 50, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
	view = only_session(w);
	s = &view->sessions[0];
	assert_true(s->probable);
	assert_true(s->path_known && s->path_relayed);
	assert_int_equal(s->path_proto, PROTO_TLS);
	assert_int_equal(s->path_local, CANDIDATE_RELAY);
	assert_string_equal(s->evidence[s->nevidence - 1].text,
			    "no check is answered in clear, but TLS to 5.0.0.10:443 "
			    "turn.example.org?? carries packets "
			    "both ways as media does");
	engine_view_free(view);
}

static void keepalives_are_no_media(void **state)
{
	struct engine_fixture *w = *state;
	struct tls_calls t;

	open_tls_call(w, &t, "turn.example.org");
	check_beside(w, &t, 2, 2);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void one_way_is_no_call(void **state)
{
	struct engine_fixture *w = *state;
	struct tls_calls t;

	open_tls_call(w, &t, "turn.example.org");
	check_beside(w, &t, 100, 0);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* The call before this one was relayed so: that says nothing of this one. */
static void a_closed_connection_counts_no_more(void **state)
{
	struct engine_fixture *w = *state;
	struct tls_calls t;

	open_tls_call(w, &t, "turn.example.org");
	for (int i = 0; i < 10; i++) {
		t.record.dir[DIR_IN].packets += 50;
		t.record.dir[DIR_OUT].packets += 50;
		engine_sample(w->e, &t.ev.key, &t.record);
		advance_time(w, SEC);
	}
	unanswered_checks(w);
	advance_time(w, 10 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(media_through_tls_is_probable),
		TEST(keepalives_are_no_media),
		TEST(one_way_is_no_call),
		TEST(a_closed_connection_counts_no_more),
	};

	return cmocka_run_group_tests_name("tls_path", tests, NULL, NULL);
}
