/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Captures that change or end while they are read, and files that are not captures. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "capture_format.h"
#include "replay_fixture.h"

#include "source/capture/spool.h"

static void append_packet(const char *name)
{
	FILE *file = fopen(name, "ab");

	assert_non_null(file);
	fputc(0, file);
	fclose(file);
}

static int grow_capture(void *arg, u64 now_ns)
{
	(void)arg, (void)now_ns;
	append_packet("growing");
	return 0;
}

static void a_file_that_grows(void **state)
{
	struct capture_options options = {.file = "growing"};
	struct replay_run r, few;

	(void)state;
	write_file("growing", bytes, read_capture("few", bytes, sizeof(bytes)));
	replay_with(&r, &options, grow_capture);
	replay_file(&few, "few");
	assert_int_equal(r.err, 0);
	assert_string_equal(
		r.totals.truncated,
		"growing: it changed while it was read: replay it again when it is complete");
	assert_true(r.totals.packets == few.totals.packets);
	replayed_free(&r);
	replayed_free(&few);
}

static volatile sig_atomic_t stop;

static int stop_at_third(void *arg, u64 now_ns)
{
	(void)arg;
	stop = now_ns >= CAPTURE_SECONDS * 1000000000ull + 3 * STEP_NS;
	return 0;
}

static void stop_learning(void *arg, enum capture_step step, u64 done, u64 all)
{
	(void)arg, (void)all;
	assert_true(done % CAPTURE_PROGRESS == 0);
	stop |= step == CAPTURE_LEARNING;
}

static void write_many(const char *name, u32 count)
{
	struct capture_dump w = dump_open(name, DLT_RAW, 65535);
	struct buf b;

	frame_udp(&b, ep("192.168.0.2", 1), ep("5.0.0.2", 2), "x", 1);
	while (count--)
		dump_packet(&w, b.b + 14, b.len - 14, 0);
	dump_close(&w);
}

static void a_replay_is_interrupted(void **state)
{
	struct capture_options options = {.file = "few", .stop = &stop};
	struct replay_run r;

	(void)state;
	stop = 0;
	replay_with(&r, &options, stop_at_third);
	assert_int_equal(r.err, 0);
	assert_true(r.totals.packets == 3);
	assert_string_equal(r.totals.truncated, "interrupted after packet 3");
	replayed_free(&r);

	stop = 0;
	write_many("many", 2 * CAPTURE_PROGRESS + 1);
	options.file = "many";
	options.progress = stop_learning;
	replay_with(&r, &options, NULL);
	assert_int_equal(r.err, 0);
	assert_true(r.totals.packets == CAPTURE_PROGRESS);
	assert_string_equal(r.totals.truncated, "interrupted after packet 4096");
	replayed_free(&r);
}

static void a_pipe_that_does_not_end(void **state)
{
	int zero = open("/dev/zero", O_RDONLY);
	struct spool spool = {.from = zero, .most = 3 << 20};
	char text[SPOOL_TEXT];
	struct stat st;
	int fd = spool_take(&spool, text);

	(void)state;
	assert_true(fd >= 0 && !fstat(fd, &st));
	assert_int_equal(st.st_size, 3 << 20);
	assert_string_equal(
		text, "more than 3 MiB were received: save the capture to a file and replay that");
	close(fd);
	stop = 1;
	spool.stop = &stop;
	fd = spool_take(&spool, text);
	assert_true(fd >= 0);
	assert_string_equal(text, "interrupted while it was received");
	close(fd);
	close(zero);
}

static void expect_refusal(const char *name, int err, const char *why)
{
	struct replay_run r;
	char want[400];

	replay_file(&r, name);
	snprintf(want, sizeof(want), "%s: %s", name, why);
	assert_int_equal(r.err, err);
	assert_string_equal(r.error, want);
	replayed_free(&r);
}

static void no_captures(void **state)
{
	static const char text[] =
		"Dear reader, this is no capture at all, but it has some bytes.\n";
	struct capture_dump w;

	(void)state;
	expect_refusal("nowhere", -ENOENT, "No such file or directory: is the name right?");
	expect_refusal("/dev/null", -EINVAL, "this is a device: name a capture, or pipe one in");
	expect_refusal("/tmp", -EISDIR, "this is a directory: name a capture in it");
	write_file("empty", "", 0);
	expect_refusal("empty", -EPROTO,
		       "it is empty: was the capture stopped before it was written?");
	write_file("text", text, sizeof(text));
	expect_refusal("text", -EPROTO,
		       "not a packet capture (unknown file format): pcap and pcapng are supported, "
		       "gzipped or not");
	write_gzip("text.gz", "text");
	expect_refusal("text.gz", -EPROTO,
		       "not a packet capture (unknown file format): pcap and pcapng are supported, "
		       "gzipped or not");
	w = dump_open("none", DLT_EN10MB, 65535);
	dump_close(&w);
	expect_refusal("none", -EPROTO,
		       "it holds no packets: were the interface and the filter right?");
	w = dump_open("radio", DLT_IEEE802_11, 65535);
	dump_close(&w);
	expect_refusal(
		"radio", -EPROTO,
		"link type 105 (IEEE802_11) is not understood: capture with one of Ethernet, raw "
		"IP, Linux cooked, BSD "
		"loopback and PPP");
	write_pcapng("mixed", "few", DLT_LINUX_SLL);
	expect_refusal(
		"mixed", -EPROTO,
		"its interfaces differ in link type or snapshot length: write each into a file of "
		"its own, as tshark "
		"-r "
		"FILE -Y frame.interface_id==0 -w FILE-0 does, and replay that");
}

/* One side of a gateway may have seen nothing; then that is what the other is judged by. */
static void an_empty_side(void **state)
{
	struct capture_options options = {.lan = "plain", .wan = "none"};
	struct replay_run r;
	struct capture_dump w = dump_open("none", DLT_EN10MB, 65535);

	(void)state;
	dump_close(&w);
	replay_with(&r, &options, NULL);
	assert_int_equal(r.err, 0);
	assert_true(r.totals.packets > 10);
	replayed_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_grows),
		cmocka_unit_test(a_replay_is_interrupted),
		cmocka_unit_test(a_pipe_that_does_not_end),
		cmocka_unit_test(no_captures),
		cmocka_unit_test(an_empty_side),
	};

	return cmocka_run_group_tests_name("captures with trouble", tests, capture_files_make,
					   capture_folder_remove);
}
