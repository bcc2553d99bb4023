/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which time each of two captures is said to cover. */
#include "replay_fixture.h"

#define BEGIN_NS (CAPTURE_SECONDS * 1000000000ull)

static struct endpoint host, peer;

struct told_cover {
	u64 from_ns, to_ns;
	bool told;
};

struct told_covers {
	struct told_cover of[CAPTURE_IFINDEX_WAN + 1];
};

static void on_cover(void *arg, u32 ifindex, u64 from_ns, u64 to_ns)
{
	struct told_covers *covers = arg;

	assert_in_range(ifindex, CAPTURE_IFINDEX_LAN, CAPTURE_IFINDEX_WAN);
	covers->of[ifindex] = (struct told_cover){from_ns, to_ns, true};
}

/* A packet so many ms after the beginning. */
static void cover_packet(struct capture_dump *w, u64 at_ms, bool in)
{
	struct buf f;

	frame_udp(&f, in ? peer : host, in ? host : peer, "?", 1);
	w->now_ns = BEGIN_NS + at_ms * 1000000 - STEP_NS;
	dump_packet(w, f.b, f.len, 0);
}

/* Packets of the host, or of the peer where `in`, at these times; 0 ends the list. */
static void cover_file(const char *name, const u64 *at_ms, bool in)
{
	struct capture_dump w = dump_open(name, DLT_EN10MB, 65535);

	for (; *at_ms; at_ms++)
		cover_packet(&w, *at_ms, in);
	dump_close(&w);
}

static void replay_covers(const char *lan, const char *wan, struct told_covers *covers)
{
	struct capture_options options = {.cover = on_cover, .arg = covers};
	struct replay_run r;

	memset(covers, 0, sizeof(*covers));
	if (wan) {
		options.lan = lan;
		options.wan = wan;
	} else {
		options.file = lan;
	}
	replay_with(&r, &options, NULL);
	assert_int_equal(r.err, 0);
	replayed_free(&r);
}

static void to_the_last_packet_of_each(void **state)
{
	struct told_covers covers;

	(void)state;
	cover_file("a.lan", (const u64[]){100, 5000, 0}, false);
	cover_file("a.wan", (const u64[]){101, 2000, 0}, false);
	replay_covers("a.lan", "a.wan", &covers);
	assert_true(covers.of[CAPTURE_IFINDEX_LAN].to_ns == BEGIN_NS + 5000000000ull);
	assert_true(covers.of[CAPTURE_IFINDEX_WAN].to_ns == BEGIN_NS + 2000000000ull);
}

/* Nothing leaves, so that its capture has nothing to show. */
static void a_silent_wan_began_with_the_lan(void **state)
{
	struct told_covers covers;

	(void)state;
	cover_file("b.lan", (const u64[]){100, 200, 9000, 0}, false);
	cover_file("b.wan", (const u64[]){9001, 0}, false);
	replay_covers("b.lan", "b.wan", &covers);
	assert_true(covers.of[CAPTURE_IFINDEX_WAN].from_ns == 0);
}

/* Something came through it before. */
static void a_wan_that_is_captured_late(void **state)
{
	struct told_covers covers;

	(void)state;
	cover_file("c.lan", (const u64[]){100, 200, 9000, 0}, true);
	cover_file("c.wan", (const u64[]){8999, 0}, true);
	replay_covers("c.lan", "c.wan", &covers);
	assert_true(covers.of[CAPTURE_IFINDEX_WAN].from_ns == BEGIN_NS + 8999000000ull);
	assert_true(covers.of[CAPTURE_IFINDEX_LAN].from_ns == 0);
}

static void one_capture_has_no_other_side(void **state)
{
	struct told_covers covers;

	(void)state;
	cover_file("d.lan", (const u64[]){100, 0}, false);
	replay_covers("d.lan", NULL, &covers);
	assert_false(covers.of[CAPTURE_IFINDEX_LAN].told || covers.of[CAPTURE_IFINDEX_WAN].told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_the_last_packet_of_each),
		cmocka_unit_test(a_silent_wan_began_with_the_lan),
		cmocka_unit_test(a_wan_that_is_captured_late),
		cmocka_unit_test(one_capture_has_no_other_side),
	};

	host = ep("192.168.0.2", 7000);
	peer = ep("5.0.0.2", 7000);
	return cmocka_run_group_tests(tests, capture_folder_make, capture_folder_remove);
}
