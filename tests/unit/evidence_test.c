/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Evidence: kept packed, told as code and text. */
#include <stdlib.h>

#include "engine_fixture.h"

#include "engine/evidence.h"
#include "engine/names.h"

#define MOST 4

struct scratch {
	struct evidence_log log;
	u8 bytes[4096]; /* of a log of fixed size */
	char expected[1024];
	u8 covered[EVIDENCE_CODES];
};

static void add_sentence(struct scratch *t, u64 time_ns, u32 code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Adds an item, and formats it as printf(3) does. */
static void add_sentence(struct scratch *t, u64 time_ns, u32 code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->expected, sizeof(t->expected), format, args);
	va_end(args);
	va_start(args, format);
	evidence_add(&t->log, EVIDENCE_CODES, time_ns, AT_WAN_OUT, code, format, args);
	va_end(args);
}

/* The newest item is what was added last, also once it has gone to another log. */
static void expect_item(struct scratch *t, u64 time_ns, u32 code)
{
	struct evidence_log other = {.count = 0};
	const struct evidence_log *logs[] = {&t->log, &other};

	evidence_append(&other, EVIDENCE_CODES, &t->log);
	for (u32 i = 0; i < 2; i++) {
		struct evidence *list = evidence_copy(logs[i]), *item;

		assert_non_null(list);
		item = &list[logs[i]->count - 1];
		assert_int_equal(item->time_ns, time_ns);
		assert_int_equal(item->at, AT_WAN_OUT);
		assert_int_equal(item->code, code);
		assert_memory_equal(item->text, t->expected,
				    strnlen(t->expected, EVIDENCE_TEXT - 1));
		free(list);
	}
	free(other.bytes);
	t->covered[code] = 1;
}

#define ROUND_TRIP(t, code, ...)                                         \
	do {                                                             \
		u64 at = 1700000000 * SEC + (t)->log.count * MS;         \
		add_sentence(t, at, code, code##_FORMAT, ##__VA_ARGS__); \
		expect_item(t, at, code);                                \
	} while (0)

static void checks_come_back(struct scratch *t)
{
	ROUND_TRIP(t, EVIDENCE_CHECK_OUT, "relayed ", "5.0.0.2:7000");
	ROUND_TRIP(t, EVIDENCE_CHECK_IN, "", "[2001:db8::1]:7000");
	ROUND_TRIP(t, EVIDENCE_CHECK_ANSWERED, "host's check", ", 20.2 ms", "5.0.0.2:7000");
	ROUND_TRIP(t, EVIDENCE_CHECK_ERROR, 487u, "5.0.0.2:7000");
	ROUND_TRIP(t, EVIDENCE_CHECK_UNANSWERED, "5.0.0.2:7000", 300u, "never left");
	ROUND_TRIP(t, EVIDENCE_CHECK_STRAY, 3u, "5.0.0.2:41234", "5.0.0.1:7000");
	ROUND_TRIP(t, EVIDENCE_NOMINATED, "5.0.0.2:7000");
	ROUND_TRIP(t, EVIDENCE_CONSENT_UNANSWERED, 31ull);
	ROUND_TRIP(t, EVIDENCE_CONSENT_MEDIA, 1ull << 40);
	ROUND_TRIP(t, EVIDENCE_ROLE_REFUSED, 8u);
	ROUND_TRIP(t, EVIDENCE_ROLE_KEPT, "controlled");
	ROUND_TRIP(t, EVIDENCE_STUN_UNANSWERED, 2u, "5.0.0.10", "5.0.0.11", "TCP is");
	ROUND_TRIP(t, EVIDENCE_STUN_ONE_SERVER);
	ROUND_TRIP(t, EVIDENCE_TURN_ERROR, "5.0.0.10:3478", 401u);
	ROUND_TRIP(t, EVIDENCE_TURN_PERMISSION, "5.0.0.10:3478");
	ROUND_TRIP(t, EVIDENCE_TLS_MEDIA, "5.0.0.10:443", " ", "turn.example.org");
}

static void blocks_come_back(struct scratch *t)
{
	ROUND_TRIP(t, EVIDENCE_DROP, "check", "to", "5.0.0.2:7000", "NETFILTER_DROP");
	ROUND_TRIP(t, EVIDENCE_DROPS, 7u, "checks", "from", "5.0.0.2:7000", "");
	ROUND_TRIP(t, EVIDENCE_DROP_RULE_UNKNOWN, "5.0.0.2:7000", "the ruleset changed");
	ROUND_TRIP(t, EVIDENCE_DROP_QUEUE, 3);
	ROUND_TRIP(t, EVIDENCE_DROP_QUEUE_UNKNOWN);
	ROUND_TRIP(t, EVIDENCE_IDS_ALERT, "blocked", 2016150ull, "5.0.0.2:7000", "ET INFO STUN");
	ROUND_TRIP(t, EVIDENCE_FOREIGN_XDP, "wan0");
	ROUND_TRIP(t, EVIDENCE_ICMP, 3u, 13u, "5.0.0.254", "5.0.0.2:7000");
	ROUND_TRIP(t, EVIDENCE_ICMP_ERRORS, 2u, "v6", 1u, 1u, "2001:db8::1", "[2001:db8::2]:1");
	ROUND_TRIP(t, EVIDENCE_ICMP_TOO_BIG, 1u, 1280u, "5.0.0.254");
	ROUND_TRIP(t, EVIDENCE_TURN_PEER_ERROR, "5.0.0.10:3478", 403u);
	ROUND_TRIP(t, EVIDENCE_CHECKS_REFUSED, 3u);
	ROUND_TRIP(t, EVIDENCE_HAIRPIN_MISSING, "5.0.0.1:7000", 3u);
	ROUND_TRIP(t, EVIDENCE_NOT_TRANSLATED, "192.168.0.2:7000", "5.0.0.2:7000");
	ROUND_TRIP(t, EVIDENCE_SERVER_SILENT, "5.0.0.10:3478");
	ROUND_TRIP(t, EVIDENCE_TCP_RESET, "5.0.0.10:3478", 2u, 255u);
	ROUND_TRIP(t, EVIDENCE_TCP_RESET_TTL, "5.0.0.10:3478", 2u, 255u, 60u);
	ROUND_TRIP(t, EVIDENCE_NAT_HOST, "endpoint-independent", 2u, "undetermined", 0u);
	ROUND_TRIP(t, EVIDENCE_NAT_HOST_PORTS, "at least ", 4u);
	ROUND_TRIP(t, EVIDENCE_NAT_PEER, 2u, "5.0.0.2:41234");
	ROUND_TRIP(t, EVIDENCE_NAT_PEER_UNKNOWN, 0u);
	ROUND_TRIP(t, EVIDENCE_MAPPING_CHANGED, "192.168.0.2:7000", "5.0.0.1:7000", "5.0.0.1:7777",
		   "deleted");
	ROUND_TRIP(t, EVIDENCE_MAPPING_GONE, "192.168.0.2:7000", "5.0.0.1:7000", "deleted");
	ROUND_TRIP(t, EVIDENCE_MAPPING_SILENCE, 8ull);
	ROUND_TRIP(t, EVIDENCE_MAPPING_MEDIA, 5ull);
	ROUND_TRIP(t, EVIDENCE_OFFLOADED, "5.0.0.2:7000", "hardware");
}

static void dtls_comes_back(struct scratch *t)
{
	ROUND_TRIP(t, EVIDENCE_DTLS_HELLO, "from", "5.0.0.2:7000");
	ROUND_TRIP(t, EVIDENCE_DTLS_STEP, "ServerHello", "to", "5.0.0.2:7000", 1200u);
	ROUND_TRIP(t, EVIDENCE_DTLS_OVER, 4000000000u);
	ROUND_TRIP(t, EVIDENCE_DTLS_JOINED_LATE);
	ROUND_TRIP(t, EVIDENCE_DTLS_ALERT, 40u, "peer");
	ROUND_TRIP(t, EVIDENCE_DTLS_STUCK);
	ROUND_TRIP(t, EVIDENCE_DTLS_PIECES, 900u);
	ROUND_TRIP(t, EVIDENCE_DTLS_LARGE_OUT, 1200u, 5u, 120u);
	ROUND_TRIP(t, EVIDENCE_DTLS_LARGE_IN, 60u, 5u);
	ROUND_TRIP(t, EVIDENCE_DTLS_UNANSWERED, 5u);
	ROUND_TRIP(t, EVIDENCE_DTLS_MISSING);
	ROUND_TRIP(t, EVIDENCE_DTLS_UNFINISHED, 5u, 0u);
}

static void media_comes_back(struct scratch *t)
{
	ROUND_TRIP(t, EVIDENCE_RTP_STREAM, 0x00c0ffeeu, "from");
	ROUND_TRIP(t, EVIDENCE_MEDIA);
	ROUND_TRIP(t, EVIDENCE_MEDIA_OPAQUE, 10ull, 11ull);
	ROUND_TRIP(t, EVIDENCE_MEDIA_STUCK);
	ROUND_TRIP(t, EVIDENCE_MEDIA_MISSING);
	ROUND_TRIP(t, EVIDENCE_ONE_DIRECTION, "host", "peer");
	ROUND_TRIP(t, EVIDENCE_CAPTURE_ONE_DIRECTION);
	ROUND_TRIP(t, EVIDENCE_CAPTURE_STUN_ONLY, "were answered");
	ROUND_TRIP(t, EVIDENCE_CAPTURE_SECURED);
	ROUND_TRIP(t, EVIDENCE_CAPTURE_MEDIA, "host");
	ROUND_TRIP(t, EVIDENCE_SECURED_HOLDS, 10ull);
	ROUND_TRIP(t, EVIDENCE_SECURED_QUIET);
	ROUND_TRIP(t, EVIDENCE_CHECKS_KEPT, 7u);
	ROUND_TRIP(t, EVIDENCE_STOPPED_HERE, 200u, "media packets", "from", 4.0);
	ROUND_TRIP(t, EVIDENCE_PEER_CLOSED, "5.0.0.2", "", 1.5);
	ROUND_TRIP(t, EVIDENCE_MEDIA_STOPS, 15ull);
}

/* A code that is new needs a line above. */
static void every_code_comes_back_as_its_text(void **state)
{
	static struct scratch t;

	(void)state;
	checks_come_back(&t);
	blocks_come_back(&t);
	dtls_comes_back(&t);
	media_comes_back(&t);
	for (u32 code = 0; code < EVIDENCE_CODES; code++)
		if (!t.covered[code])
			fail_msg("evidence code %s has no round trip here",
				 words_name(WORDS_EVIDENCE, code));
	assert_int_equal(t.log.lost, 0);
	free(t.log.bytes);
}

static void code_words_are_unique_and_plain(void **state)
{
	(void)state;
	for (u32 code = 0; code < EVIDENCE_CODES; code++) {
		const char *word = words_name(WORDS_EVIDENCE, code);

		assert_true(*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-")]);
		assert_int_equal(words_value(WORDS_EVIDENCE, word), code);
	}
	assert_null(words_name(WORDS_EVIDENCE, EVIDENCE_CODES));
}

static void add_hello(struct evidence_log *log, u32 most, u64 time_ns, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	evidence_add(log, most, time_ns, AT_GATEWAY, EVIDENCE_DTLS_HELLO, format, args);
	va_end(args);
}

static void items_are_told_in_the_order_of_time(void **state)
{
	static const char *const to[] = {"d:1", "b:1", "c:1", "a:1"};
	static const u64 time_ns[] = {9, 3, 9, 1}; /* before the first one, too */
	struct evidence_log log = {.count = 0};
	struct evidence *list;

	(void)state;
	for (u32 i = 0; i < MOST + 1; i++)
		add_hello(&log, MOST, time_ns[i % MOST], EVIDENCE_DTLS_HELLO_FORMAT, "to",
			  to[i % MOST]);
	assert_int_equal(log.count, MOST);
	assert_int_equal(log.lost, 1);
	list = evidence_copy(&log);
	assert_string_equal(list[0].text, "DTLS ClientHello to a:1");
	assert_string_equal(list[1].text, "DTLS ClientHello to b:1");
	assert_string_equal(list[2].text, "DTLS ClientHello to d:1");
	assert_string_equal(list[3].text, "DTLS ClientHello to c:1");
	free(list);
	free(log.bytes);
}

static void a_log_of_fixed_size_is_not_overrun(void **state)
{
	u8 bytes[40 + 1];
	struct evidence_log log = {.bytes = bytes, .room = sizeof(bytes) - 1};
	struct evidence *list;

	(void)state;
	bytes[sizeof(bytes) - 1] = 0xa5;
	for (u32 i = 0; i < 10; i++)
		add_hello(&log, 100, i, EVIDENCE_DTLS_HELLO_FORMAT, "to", "192.0.2.1:7000");
	assert_true(log.count > 0 && log.lost > 0);
	assert_int_equal(log.count + log.lost, 10);
	assert_int_equal(bytes[sizeof(bytes) - 1], 0xa5);
	list = evidence_copy(&log);
	assert_string_equal(list[log.count - 1].text, "DTLS ClientHello to 192.0.2.1:7000");
	free(list);
}

/* What a session tells carries the code of its text. */
static void a_session_tells_codes(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;
	const struct session *s;
	u32 seen[EVIDENCE_CODES] = {0};

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	view = only_session(w);
	s = &view->sessions[0];
	for (u32 i = 0; i < s->nevidence; i++)
		seen[s->evidence[i].code]++;
	assert_string_equal(s->evidence[0].text, "Binding request to 5.0.0.2:7000");
	assert_int_equal(s->evidence[0].code, EVIDENCE_CHECK_OUT);
	assert_true(seen[EVIDENCE_CHECK_IN] && seen[EVIDENCE_CHECK_ANSWERED] &&
		    seen[EVIDENCE_NOMINATED] && seen[EVIDENCE_DTLS_STEP] &&
		    seen[EVIDENCE_DTLS_OVER] && seen[EVIDENCE_RTP_STREAM] && seen[EVIDENCE_MEDIA]);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_comes_back_as_its_text),
		cmocka_unit_test(code_words_are_unique_and_plain),
		cmocka_unit_test(items_are_told_in_the_order_of_time),
		cmocka_unit_test(a_log_of_fixed_size_is_not_overrun),
		TEST(a_session_tells_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
