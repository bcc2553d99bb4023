/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Captures in every form they come in, whole and cut. */
#include <errno.h>

#include "capture_format.h"
#include "replay_fixture.h"
#include "source/capture/plain_reader.h"

/* A form of PLAIN is as good as PLAIN. */
static void same_as_plain(const char *name)
{
	struct replay_run plain, r;

	replay_file(&plain, "plain");
	replay_file(&r, name);
	assert_string_equal(r.error, "");
	assert_string_equal(r.totals.truncated, "");
	assert_true(replayed_count(&plain, CAPTURE_CAPTURED, CLASS_RTP) > 10);
	for (enum msg_class cls = 0; cls < CLASS_MAX; cls++)
		assert_true(replayed_count(&r, CAPTURE_CAPTURED, cls) ==
			    replayed_count(&plain, CAPTURE_CAPTURED, cls));
	assert_string_equal(r.sessions, plain.sessions);
	assert_true(r.totals.packets == plain.totals.packets);
	assert_true(r.totals.first_ns == plain.totals.first_ns &&
		    r.totals.last_ns == plain.totals.last_ns);
	replayed_free(&plain);
	replayed_free(&r);
}

static void every_format_is_read(void **state)
{
	(void)state;
	write_pcapng("pcapng", "plain", DLT_EN10MB);
	same_as_plain("pcapng");
	write_big_endian("big", "plain");
	same_as_plain("big");
	write_gzip("gz", "plain");
	same_as_plain("gz");
	write_gzip("ng.gz", "pcapng");
	same_as_plain("ng.gz");
}

/* Through a pipe: it can be read once only. */
static void through_a_pipe(void **state)
{
	static const char *const names[] = {"plain", "gz"};

	(void)state;
	write_gzip("gz", "plain");
	for (size_t i = 0; i < COUNT(names); i++) {
		size_t len = read_capture(names[i], bytes, sizeof(bytes));
		int ends[2], before = dup(0);

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], bytes, len), len);
		close(ends[1]);
		dup2(ends[0], 0);
		close(ends[0]);
		same_as_plain("-");
		dup2(before, 0);
		close(before);
	}
}

/*
 * Whatever is missing at the end: it is told, and the packets before it count. What is gzipped
 * tells always.
 */
static void expect_cut(size_t len, bool gzipped, u64 most)
{
	struct replay_run r;
	u64 before = 0;

	for (size_t there = 0; there < len; there++) {
		write_file("cut", bytes, there);
		replay_file(&r, "cut");
		assert_int_equal(r.err, r.totals.packets ? 0 : -EPROTO);
		assert_int_equal(*r.error != 0, r.err != 0);
		assert_true(r.totals.packets >= before);
		before = r.totals.packets;
		if (before && gzipped)
			assert_non_null(strstr(r.totals.truncated, "its gzip data is truncated"));
		replayed_free(&r);
	}
	assert_true(before == most);
}

static void cut_at_every_byte(void **state)
{
	struct replay_run r;

	(void)state;
	write_pcapng("ng", "few", DLT_EN10MB);
	write_gzip("gz", "few");
	expect_cut(read_capture("few", bytes, sizeof(bytes)), false, 4);
	expect_cut(read_capture("ng", bytes, sizeof(bytes)), false, 4);
	expect_cut(read_capture("gz", bytes, sizeof(bytes)), true, 5);
	write_file("cut", bytes, read_capture("few", bytes, sizeof(bytes)) - 1);
	replay_file(&r, "cut");
	assert_string_equal(r.totals.truncated,
			    "cut: not read past packet 4: truncated dump file; tried to read 134 "
			    "captured bytes, only got 133");
	replayed_free(&r);
}

/* What was decoded before the damage counts; here that is all, as only the checksum is wrong. */
static void damaged_gzip_data(void **state)
{
	struct replay_run r, whole;
	size_t len;

	(void)state;
	write_gzip("gz", "few");
	len = read_capture("gz", bytes, sizeof(bytes));
	bytes[len - 8] ^= 1;
	write_file("damaged", bytes, len);
	replay_file(&whole, "few");
	replay_file(&r, "damaged");
	assert_int_equal(r.err, 0);
	assert_true(r.totals.packets == whole.totals.packets);
	assert_string_equal(r.totals.truncated, "damaged: not read past packet 5: its gzip data is "
						"damaged: incorrect data check");
	replayed_free(&r);
	replayed_free(&whole);
}

/* As gzip(1) does: members are joined, and padding after the last one is ignored. */
static void members_and_padding(void **state)
{
	static u8 both[65536];
	size_t all = read_capture("plain", bytes, sizeof(bytes)), half = all / 2, len;

	(void)state;
	write_file("first", bytes, half);
	write_file("second", bytes + half, all - half);
	write_gzip("first.gz", "first");
	len = read_capture("first.gz", both, sizeof(both));
	write_gzip("second.gz", "second");
	len += read_capture("second.gz", both + len, sizeof(both) - len);
	memset(both + len, 0, 512);
	write_file("members", both, len + 512);
	same_as_plain("members");
}

/* The capture in `bytes` reads as it does gzipped, when libpcap alone reads it. */
static void same_as_libpcap(size_t len)
{
	struct replay_run own, lib;

	write_file("odd", bytes, len);
	replay_file(&own, "odd");
	write_gzip("odd.gz", "odd");
	assert_int_equal(rename("odd.gz", "odd"), 0);
	replay_file(&lib, "odd");
	assert_int_equal(own.err, lib.err);
	assert_string_equal(own.error, lib.error);
	assert_string_equal(own.sessions, lib.sessions);
	assert_memory_equal(&own.totals, &lib.totals, sizeof(own.totals));
	replayed_free(&own);
	replayed_free(&lib);
}

/* Any byte of the headers of a file and its records, made another: lengths, formats, byte order. */
static void headers_that_are_odd(void **state)
{
	size_t len = read_capture("few", bytes, sizeof(bytes)), begin = 24;

	(void)state;
	for (size_t at = 0; at + 16 <= len && at < begin + 16; at++) {
		for (u32 bit = 0; bit < 8; bit++) {
			read_capture("few", bytes, sizeof(bytes));
			bytes[at] ^= (u8)(1 << bit);
			same_as_libpcap(len);
		}
	}
	read_capture("few", bytes, sizeof(bytes));
	bytes[16] = 60; /* the snap length, of which records have more */
	bytes[17] = bytes[18] = 0;
	same_as_libpcap(len);
	write_big_endian("big", "few");
	len = read_capture("big", bytes, sizeof(bytes));
	same_as_libpcap(len);
	same_as_libpcap(len - 1);
}

/* More than a buffer holds, of records of any length. */
static void longer_than_the_buffer(void **state)
{
	struct capture_dump w = dump_open("long", DLT_EN10MB, 65535);
	struct replay_run own, lib;
	gzFile gz = gzopen("long.gz", "wb");
	static u8 data[PLAIN_READER_BUFFER];
	FILE *file;
	size_t n;

	(void)state;
	for (u32 len = 1; len < 60000; len += 500)
		dump_packet(&w, data, len, 0);
	dump_close(&w);
	file = fopen("long", "rb");
	assert_true(file && gz);
	while ((n = fread(data, 1, sizeof(data), file)))
		assert_int_equal(gzwrite(gz, data, (unsigned int)n), n);
	fclose(file);
	assert_int_equal(gzclose(gz), Z_OK);
	replay_file(&own, "long");
	replay_file(&lib, "long.gz");
	assert_string_equal(own.error, "");
	assert_true(own.totals.packets == 120 && lib.totals.packets == 120);
	assert_true(own.totals.last_ns == lib.totals.last_ns);
	assert_memory_equal(native_self(own.native), native_self(lib.native),
			    sizeof(struct self_counters));
	replayed_free(&own);
	replayed_free(&lib);
}

/* A scene of everything, of each packet no more than `snaplen` bytes. */
static void write_every_capture(const char *name, u32 snaplen)
{
	struct capture_dump w = dump_open(name, DLT_EN10MB, snaplen);
	struct traffic s;

	traffic_start(&s, false);
	traffic_all(&s, false);
	for (u32 i = 0; i < s.count; i++)
		dump_packet(&w, s.packet[i].data, s.packet[i].len, 0);
	dump_close(&w);
	traffic_free(&s);
}

static void short_snapshots(void **state)
{
	const struct self_counters *self;
	struct replay_run r;

	(void)state;
	for (u32 snaplen = 1; snaplen <= 1500; snaplen += snaplen < 200 ? 1 : 100) {
		write_every_capture("short", snaplen);
		replay_file(&r, "short");
		self = native_self(r.native);
		assert_string_equal(r.error, "");
		assert_string_equal(r.totals.truncated, "");
		assert_int_equal(self->skipped[REASON_SHORT_LINK], 0);
		assert_int_equal(self->skipped[REASON_SHORT_IP], 0);
		assert_int_equal(self->skipped[REASON_SHORT_TRANSPORT], 0);
		assert_int_equal(self->skipped[REASON_TCP_TOO_MANY], 0);
		assert_int_equal(self->skipped[REASON_BAD_STUN], 0);
		assert_true(self->skipped[REASON_CUT] > 0 || snaplen > 65);
		assert_true(self->skipped[REASON_CUT] > 0 || snaplen < 88 || snaplen > 187);
		assert_true(self->skipped[REASON_CUT] == 0 || snaplen < 188);
		assert_int_equal(r.totals.capture[0].cut > 0, snaplen <= 1000);
		replayed_free(&r);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_read),   cmocka_unit_test(through_a_pipe),
		cmocka_unit_test(cut_at_every_byte),      cmocka_unit_test(damaged_gzip_data),
		cmocka_unit_test(members_and_padding),    cmocka_unit_test(headers_that_are_odd),
		cmocka_unit_test(longer_than_the_buffer), cmocka_unit_test(short_snapshots),
	};

	return cmocka_run_group_tests_name("capture files", tests, capture_files_make,
					   capture_folder_remove);
}
