/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How the media of a session is told, in JSON and to people; what is not known is null. */
#include "show_fixture.h"

static struct media_view media[] = {
	{.ssrc = 0x1a2b3c4d,
	 .dir = MEDIA_IN,
	 .encryption = ENCRYPTION_SEEN,
	 .jitter_known = 1,
	 .one_way = 1,
	 .packets = 1003,
	 .bytes = 160000,
	 .lost = 20,
	 .duplicates = 3,
	 .reordered = 2,
	 .freezes = 1,
	 .clock_rate = 48000,
	 .longest_gap_ns = 640500000,
	 .jitter_ns = 4250000,
	 .rate_bytes = 150000,
	 .rate_ns = 20 * SEC},
	{.ssrc = 5,
	 .encryption = ENCRYPTION_NONE,
	 .packets = 2,
	 .bytes = 400,
	 .longest_gap_ns = 20000000},
	{.ssrc = 6, .encryption = ENCRYPTION_EXPECTED},
	{.ssrc = 7},
	{.data = 1, .packets = 9},
};

static struct pair pair = {.nominated = 1, .rtt_us = 31500, .rtt_lan_us = 700};

static struct engine_view view_of(struct session *session)
{
	session->media = media;
	session->nmedia = COUNT(media);
	session->pairs = &pair;
	session->npairs = 1;
	session->rule = session->degraded_rule = NO_RULE;
	return (struct engine_view){.sessions = session, .nsessions = 1};
}

static const json_t *first_session(const json_t *document)
{
	return json_array_get(json_object_get(document, "sessions"), 0);
}

static double number_member(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void a_stream_in_json(void **state)
{
	struct session session = {.id = 1};
	struct engine_view view = view_of(&session);
	json_t *document = document_of(write_sessions, &view);
	const json_t *told = first_session(document), *list = json_object_get(told, "media"),
		     *first = json_array_get(list, 0);

	(void)state;
	assert_string_equal(show_text(first, "ssrc"), "0x1a2b3c4d");
	assert_string_equal(show_text(first, "direction"), "in");
	assert_true(number_member(first, "packets") == 1003 &&
		    number_member(first, "bytes") == 160000);
	assert_true(number_member(first, "lost") == 20 && number_member(first, "duplicates") == 3);
	assert_true(number_member(first, "reordered") == 2 && number_member(first, "freezes") == 1);
	assert_true(number_member(first, "jitter_ms") == 4.25 &&
		    number_member(first, "longest_gap_ms") == 640.5);
	assert_true(number_member(first, "clock_rate") == 48000 &&
		    number_member(first, "bitrate_kbps") == 60);
	assert_true(json_is_true(json_object_get(first, "one_way")));
	assert_true(number_member(json_array_get(json_object_get(told, "pairs"), 0), "rtt_ms") ==
		    31.5);
	assert_true(number_member(json_array_get(json_object_get(told, "pairs"), 0),
				  "rtt_lan_ms") == 0.7);
	json_decref(document);
}

static void unknown_values_are_null(void **state)
{
	static const char *const of_rtp[] = {
		"one_way",        "bytes",     "lost",       "duplicates", "reordered",   "freezes",
		"longest_gap_ms", "jitter_ms", "clock_rate", "ssrc",       "bitrate_kbps"};
	static const char *const unknown[] = {"jitter_ms", "clock_rate", "bitrate_kbps"};
	struct session session = {.id = 1};
	struct engine_view view = view_of(&session);
	json_t *document = document_of(write_sessions, &view),
	       *list = json_object_get(first_session(document), "media");

	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++)
		assert_true(json_is_null(json_object_get(json_array_get(list, 1), unknown[i])));
	for (size_t i = 0; i < COUNT(of_rtp); i++)
		assert_true(json_is_null(json_object_get(json_array_get(list, 4), of_rtp[i])));
	assert_true(json_is_false(json_object_get(json_array_get(list, 1), "one_way")));
	json_decref(document);
}

static void encryption_is_shown_as_far_as_known(void **state)
{
	static const struct {
		const char *kind;
		json_type encrypted;
	} told[] = {{"srtp", JSON_TRUE},
		    {"rtp", JSON_FALSE},
		    {"srtp", JSON_NULL},
		    {"rtp", JSON_NULL},
		    {"data", JSON_TRUE}};
	struct session session = {.id = 1};
	struct engine_view view = view_of(&session);
	json_t *document = document_of(write_sessions, &view),
	       *list = json_object_get(first_session(document), "media");

	(void)state;
	for (size_t i = 0; i < COUNT(told); i++) {
		const json_t *item = json_array_get(list, i);

		assert_string_equal(show_text(item, "kind"), told[i].kind);
		assert_int_equal(json_typeof(json_object_get(item, "encrypted")),
				 told[i].encrypted);
	}
	json_decref(document);
}

static int show_the_media(const json_t *document, double now)
{
	(void)now;
	show_media(first_session(document));
	return 0;
}

static void media_as_text(void **state)
{
	struct session session = {.id = 1};
	struct engine_view view = view_of(&session);

	(void)state;
	assert_string_equal(printed(show_the_media, document_of(write_sessions, &view)),
			    "Round trip: 31.5 ms to the peer, 0.7 ms to the host\n"
			    "srtp in 0x1a2b3c4d: 1003 packets, 160000 bytes, 60 kbit/s, 20 lost "
			    "(2.0 %), 3 twice, 2 out of order, "
			    "jitter 4.2 ms, 1 × frozen, longest gap 640 ms, one way only\n"
			    "rtp out 0x00000005: 2 packets, 400 bytes, 0 lost, longest gap 20 ms, "
			    "NOT ENCRYPTED\n"
			    "srtp out 0x00000006: 0 packets, 0 bytes, 0 lost, longest gap 0 ms\n"
			    "rtp out 0x00000007: 0 packets, 0 bytes, 0 lost, longest gap 0 ms\n"
			    "data out: 9 packets\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_in_json),
		cmocka_unit_test(unknown_values_are_null),
		cmocka_unit_test(encryption_is_shown_as_far_as_known),
		cmocka_unit_test(media_as_text),
	};

	return cmocka_run_group_tests_name("media output", tests, NULL, NULL);
}
