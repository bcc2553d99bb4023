/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parity on whole sequences: a scene of everything, the same with bytes changed and packets cut at
 * random, and every capture that lies beside the repository (../shared/captures,
 * ../shared/lab-captures).
 */
#define PIPELINE_PARITY
#include "../unit/pipeline_fixture.h"
#include "../unit/traffic_fixture.h"

#include <glob.h>
#include <stdint.h>

#include "parity.h"

#define CHANGED_ROUNDS 120

static u64 random_state;

static u32 random_of(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)((random_state >> 20) % n);
}

static bool begins_with_ip(const u8 *data)
{
	return (data[12] == 0x08 && data[13] == 0x00) || (data[12] == 0x86 && data[13] == 0xdd);
}

/* On a device without link headers only IP without tags can come. */
static void replay_packet(struct pipeline *p, u8 in, const u8 *data, u32 len)
{
	struct buf f = {.len = 0};
	bool bare = parity_in == PARITY_TC_L3;

	if (bare && (len < 14 + 20 || !begins_with_ip(data)))
		return;
	put(&f, data + (bare ? 14 : 0), len - (bare ? 14 : 0));
	clear_events(p);
	p->now += MS;
	pass_link(p, dir_of(p, in ? IN : OUT), bare ? NATIVE_RAW_IP : NATIVE_ETHERNET, &f);
}

static bool is_six(const struct pipeline *p)
{
	return !is_v4(&p->host);
}

static void a_scene_of_everything(void **state)
{
	struct pipeline *p = *state;
	struct traffic s;

	traffic_all(&s, is_six(p));
	for (u32 i = 0; i < s.count; i++)
		replay_packet(p, s.packet[i].in, s.packet[i].data, s.packet[i].len);
	/* the session, three connections of TURN and ICE-TCP, two inside TURN */
	assert_int_equal(flow_count(p), 6);
	assert_true(native_self(p->n)->events > 40);
	traffic_free(&s);
}

/*
 * Every fourth packet has some bytes changed, some of them behind the headers only, or is cut, or
 * goes in the other direction.
 */
static void change_bytes(u8 *data, u32 *len, u8 *in)
{
	u32 from = random_of(2) && *len > 54 ? 42 : 0;

	switch (random_of(16)) {
	case 0:
		*len = 14 + random_of(*len - 13);
		break;
	case 1:
		*in = !*in;
		break;
	case 2:
	case 3:
		for (u32 times = 1 + random_of(4); times; times--)
			data[from + random_of(*len - from)] = (u8)random_of(256);
		break;
	case 4:
		data[from + random_of(*len - from)] ^= (u8)(1 << random_of(8));
		break;
	}
}

static void the_same_changed_at_random(void **state)
{
	struct pipeline *p = *state;
	struct traffic s;
	u8 data[BUF_MAX];

	random_state = 0x9e3779b97f4a7c15ull + (u64)is_six(p);
	traffic_all(&s, is_six(p));
	for (u32 round = 0; round < CHANGED_ROUNDS; round++)
		for (u32 i = 0; i < s.count; i++) {
			u32 len = s.packet[i].len;
			u8 in = s.packet[i].in;

			memcpy(data, s.packet[i].data, len);
			change_bytes(data, &len, &in);
			replay_packet(p, in, data, len);
		}
	assert_true(all_skipped(p) > 100);
	traffic_free(&s);
}

/* --- captures --- */

/* Returns the offset of IP in a frame, 0 when it is not there. `six` says which version. */
static u32 find_ip(const u8 *data, u32 len, bool *six)
{
	u32 at = 12, type;

	for (; at + 2 <= len; at += 4) {
		type = (u32)data[at] << 8 | data[at + 1];
		if (type != 0x8100 && type != 0x88a8 && type != 0x9100)
			break;
	}
	if (at + 2 > len || (type != 0x0800 && type != 0x86dd))
		return 0;
	*six = type == 0x86dd;
	return at + 2 + (*six ? 40 : 20) <= len ? at + 2 : 0;
}

/*
 * Which direction a packet of a capture went does not matter, as long as answers go against their
 * requests.
 */
static u8 comes_in(const u8 *data, u32 len)
{
	bool six = false;
	u32 ip = find_ip(data, len, &six), size = six ? 16 : 4;
	int order = ip ? memcmp(data + ip + (six ? 8 : 12), data + ip + (six ? 24 : 16), size) : 0;

	return order < 0;
}

/*
 * libpcap's headers and the kernel's both have a struct bpf_insn: hence a reader of the file
 * format, which is small.
 */
struct pcap_head {
	u32 magic;
	u16 major, minor;
	u32 zone, precision, snaplen, link;
};

struct pcap_record {
	u32 seconds, fraction, have, wire;
};

enum { LINK_ETHERNET = 1, LINK_RAW = 101, LINK_COOKED = 113 };

/* Returns the size of a link header that is not Ethernet's, -1 when its kind is not known here. */
static int other_link(u32 kind)
{
	if (kind == LINK_COOKED)
		return 16;
	return kind == LINK_ETHERNET || kind == LINK_RAW ? 0 : -1;
}

static FILE *open_capture(const char *path, u32 *link)
{
	FILE *file = fopen(path, "rb");
	struct pcap_head head;

	assert_non_null(file);
	assert_int_equal(fread(&head, sizeof(head), 1, file), 1);
	assert_true(head.magic == 0xa1b2c3d4 || head.magic == 0xa1b23c4d);
	*link = head.link & 0xffff;
	assert_true(other_link(*link) >= 0);
	return file;
}

/* Reads the next packet, at most `room` bytes of it. Returns false at the end. */
static bool read_packet(FILE *file, u8 *data, u32 room, u32 *len)
{
	struct pcap_record record;

	if (fread(&record, sizeof(record), 1, file) != 1 || record.have > room)
		return false;
	*len = record.have;
	return fread(data, 1, record.have, file) == record.have;
}

static bool put_packet(struct buf *f, u32 kind, const u8 *data, u32 len)
{
	u32 link = (u32)other_link(kind);

	f->len = 0;
	if (len > PROG_RUN_FRAME_MAX - 14 || len <= link)
		return false;
	if (kind != LINK_ETHERNET)
		put_ethernet(f, data[link] >> 4 == 6 ? 0x86dd : 0x0800);
	put(f, data + link, len - link);
	return f->len >= 14;
}

struct replayed_file {
	char path[256];
	enum parity_hook hook;
	u32 packets, left_out;
};

static void replay_capture(void **state)
{
	struct replayed_file *capture = *state;
	static u8 data[1 << 18];
	struct pipeline *p;
	struct buf f;
	u32 link, len;
	FILE *file;

	file = open_capture(capture->path, &link);
	parity_in = capture->hook;
	p = pipeline_new(&pipeline_variants[1], PIPELINE_FLOWS);
	while (read_packet(file, data, sizeof(data), &len)) {
		capture->packets++;
		if (put_packet(&f, link, data, len))
			replay_packet(p, comes_in(f.b, f.len), f.b, f.len);
		else
			capture->left_out++;
	}
	assert_true(feof(file));
	fclose(file);
	assert_true(native_self(p->n)->map_full[MAP_FLOWS] == 0);
	pipeline_free(p);
}

static size_t find_captures(struct replayed_file *captures, size_t room)
{
	static const char *const patterns[] = {"../shared/captures/*.pcap",
					       "../shared/lab-captures/*.pcap"};
	glob_t found = {.gl_pathc = 0};
	size_t n = 0;

	for (size_t i = 0; i < COUNT(patterns); i++)
		glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && n + 1 < room; i++)
		for (int hook = 0; hook < PARITY_TC_L3; hook++) {
			snprintf(captures[n].path, sizeof(captures[n].path), "%s",
				 found.gl_pathv[i]);
			captures[n++].hook = hook;
		}
	globfree(&found);
	return n;
}

static int replay_captures(void)
{
	static struct replayed_file captures[400];
	static struct CMUnitTest tests[400];
	static char names[400][300];
	size_t n = find_captures(captures, COUNT(captures));
	u32 packets = 0, left_out = 0;
	int failed;

	if (!n) {
		printf("# no captures beside the repository: synthetic packets only\n");
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "%.256s (%s)", captures[i].path,
			 captures[i].hook == PARITY_XDP ? "xdp" : "tc");
		tests[i] = (struct CMUnitTest){names[i], replay_capture, NULL, NULL, &captures[i]};
	}
	failed = _cmocka_run_group_tests("captures", tests, n, NULL, NULL);
	for (size_t i = 0; i < n; i++) {
		packets += captures[i].packets;
		left_out += captures[i].left_out;
	}
	printf("# %u packets of captures compared, %u too long or too short for a test run left "
	       "out\n",
	       packets - left_out, left_out);
	return failed;
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_scene_of_everything),
		PIPELINE_CASE(the_same_changed_at_random),
	};
	int failed = 0;

	if (!parity_open())
		return 1;
	for (parity_in = 0; parity_in < PARITY_HOOKS; parity_in++)
		failed += pipeline_run("scenes", cases, COUNT(cases));
	failed += replay_captures();
	prog_run_close(&parity_run);
	return failed != 0;
}
