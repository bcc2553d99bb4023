/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session whose packets a flowtable or hardware forwards, as conntrack's status tells. */
#include "cause_events.h"
#include "mapping_fixture.h"

#include "engine/evidence_codes.h"

/* A call, and its entry with these bits, which was asked for once. */
static struct conntrack offloaded_call(struct engine_fixture *w, u32 status)
{
	struct conntrack ct = conntrack_entry(w->host, w->peer, w->mapped);

	answered_call(w);
	report_conntrack(w, SIDE_WAN, &ct);
	ct.status = CONNTRACK_SEEN_REPLY | CONNTRACK_ASSURED | status;
	answer_questions(w, &ct, 86400 * SEC);
	return ct;
}

/* Nothing passes here, and conntrack has the entry. */
static void see_nothing(struct engine_fixture *w, int seconds, const struct conntrack *ct)
{
	for (int i = 0; i < seconds; i++) {
		answer_questions(w, ct, 86400 * SEC);
		advance_time(w, SEC);
	}
}

/* The last evidence of the only session has this code and text. */
static void expect_evidence(struct engine_fixture *w, enum evidence_code code, const char *text)
{
	struct engine_view *view = only_session(w);
	const struct evidence *last = &view->sessions[0].evidence[view->sessions[0].nevidence - 1];

	assert_int_equal(last->code, code);
	assert_non_null(strstr(last->text, text));
	engine_view_free(view);
}

static void expect_hidden(struct engine_fixture *w, u8 stage, const char *by)
{
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, stage);
	expect_evidence(w, EVIDENCE_OFFLOADED, by);
}

static void hardware_takes_it_over(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = offloaded_call(w, CONNTRACK_OFFLOAD | CONNTRACK_HW_OFFLOAD);

	see_nothing(w, 5, &ct);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	see_nothing(w, 3, &ct);
	expect_hidden(w, STAGE_MEDIA, "hardware");
	see_nothing(w, 60, &ct);
	expect_hidden(w, STAGE_MEDIA, "hardware");
}

/* The flag is set only some packets after the flow began. */
static void it_is_taken_over_later(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = offloaded_call(w, 0);

	keep_consent(w, 30);
	ct.status |= CONNTRACK_HW_OFFLOAD;
	see_nothing(w, 9, &ct);
	expect_hidden(w, STAGE_MEDIA, "hardware");
}

/* The host's checks pass here, their answers do not. */
static void one_direction_is_taken_over(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = offloaded_call(w, CONNTRACK_HW_OFFLOAD);

	for (int i = 0; i < 35; i++) {
		ice_request(w, OUT, 0);
		see_nothing(w, 1, &ct);
	}
	expect_hidden(w, STAGE_MEDIA, "hardware");
}

/* Its packets pass the hooks: it is told as if there were no flowtable. */
static void a_flowtable_in_software_hides_nothing(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = offloaded_call(w, CONNTRACK_OFFLOAD);

	keep_consent(w, 5);
	for (int i = 0; i < 35; i++) {
		ice_request(w, OUT, 0);
		see_nothing(w, 1, &ct);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

/* A flowtable that hides packets without the other flag does so, too. */
static void a_flowtable_that_hides(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = offloaded_call(w, CONNTRACK_OFFLOAD);

	see_nothing(w, 9, &ct);
	expect_hidden(w, STAGE_MEDIA, "flowtable");
}

static void before_the_handshake(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = conntrack_entry(w->host, w->peer, w->mapped);

	connect_peers(w);
	dtls_step(w, IN, DTLS_CLIENT_HELLO);
	report_conntrack(w, SIDE_WAN, &ct);
	ct.status = CONNTRACK_SEEN_REPLY | CONNTRACK_HW_OFFLOAD;
	see_nothing(w, 20, &ct);
	expect_hidden(w, STAGE_NOMINATED, "hardware");
}

/* It is given back to the usual path. */
static void it_comes_back(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = offloaded_call(w, CONNTRACK_HW_OFFLOAD);

	see_nothing(w, 9, &ct);
	expect_hidden(w, STAGE_MEDIA, "hardware");
	ct.status &= ~(u32)CONNTRACK_HW_OFFLOAD;
	see_nothing(w, 1, &ct);
	keep_consent(w, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	for (int i = 0; i < 35; i++) {
		ice_request(w, OUT, 0);
		see_nothing(w, 1, &ct);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

/* What this kernel drops, it has seen: nothing is hidden. */
static void a_rule_drops_it_all_the_same(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = offloaded_call(w, CONNTRACK_OFFLOAD);

	w->outbound_drops = true;
	advance_time(w, 2 * SEC);
	for (int i = 0; i < 32; i++) {
		ice_request(w, OUT, 0);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		see_nothing(w, 1, &ct);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hardware_takes_it_over),
		TEST(it_is_taken_over_later),
		TEST(one_direction_is_taken_over),
		TEST(a_flowtable_in_software_hides_nothing),
		TEST(a_flowtable_that_hides),
		TEST(before_the_handshake),
		TEST(it_comes_back),
		TEST(a_rule_drops_it_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
