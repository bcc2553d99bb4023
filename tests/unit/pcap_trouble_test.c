/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Captures that change or end while they are read, and what is no capture. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "capture_form.h"
#include "replayed.h"

#include "source/capture/spool.h"

static void appends(const char *name)
{
	FILE *file = fopen(name, "ab");

	assert_non_null(file);
	fputc(0, file);
	fclose(file);
}

static int grow(void *arg, u64 now_ns)
{
	(void)arg, (void)now_ns;
	appends("growing");
	return 0;
}

static void a_file_that_grows(void **state)
{
	struct capture_options options = {.file = "growing"};
	struct replayed r, few;

	(void)state;
	write_file("growing", bytes, read_file("few", bytes, sizeof(bytes)));
	replay_with(&r, &options, grow);
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
	struct writer w = writer_open(name, DLT_RAW, 65535);
	struct buf b;

	frame_udp(&b, ep("192.168.0.2", 1), ep("5.0.0.2", 2), "x", 1);
	while (count--)
		writer_put(&w, b.b + 14, b.len - 14, 0);
	writer_close(&w);
}

static void interrupted(void **state)
{
	struct capture_options options = {.file = "few", .stop = &stop};
	struct replayed r;

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

static void refuses(const char *name, int err, const char *why)
{
	struct replayed r;
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
	struct writer w;

	(void)state;
	refuses("nowhere", -ENOENT, "No such file or directory: is the name right?");
	refuses("/dev/null", -EINVAL, "this is a device: name a capture, or pipe one in");
	refuses("/tmp", -EISDIR, "this is a directory: name a capture in it");
	write_file("empty", "", 0);
	refuses("empty", -EPROTO, "it is empty: was the capture stopped before it was written?");
	write_file("text", text, sizeof(text));
	refuses("text", -EPROTO,
		"not a packet capture (unknown file format): pcap and pcapng are supported, "
		"gzipped or not");
	write_gzip("text.gz", "text");
	refuses("text.gz", -EPROTO,
		"not a packet capture (unknown file format): pcap and pcapng are supported, "
		"gzipped or not");
	w = writer_open("none", DLT_EN10MB, 65535);
	writer_close(&w);
	refuses("none", -EPROTO, "it holds no packets: were the interface and the filter right?");
	w = writer_open("radio", DLT_IEEE802_11, 65535);
	writer_close(&w);
	refuses("radio", -EPROTO,
		"link type 105 (IEEE802_11) is not understood: capture with one of Ethernet, raw "
		"IP, Linux cooked, BSD "
		"loopback and PPP");
	write_pcapng("mixed", "few", DLT_LINUX_SLL);
	refuses("mixed", -EPROTO,
		"its interfaces differ in link type or snapshot length: write each into a file of "
		"its own, as tshark "
		"-r "
		"FILE -Y frame.interface_id==0 -w FILE-0 does, and replay that");
}

/* One side of a gateway may have seen nothing; then that is what the other is judged by. */
static void an_empty_side(void **state)
{
	struct capture_options options = {.lan = "plain", .wan = "none"};
	struct replayed r;
	struct writer w = writer_open("none", DLT_EN10MB, 65535);

	(void)state;
	writer_close(&w);
	replay_with(&r, &options, NULL);
	assert_int_equal(r.err, 0);
	assert_true(r.totals.packets > 10);
	replayed_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_grows),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(a_pipe_that_does_not_end),
		cmocka_unit_test(no_captures),
		cmocka_unit_test(an_empty_side),
	};

	return cmocka_run_group_tests_name("captures with trouble", tests, capture_files_make,
					   capture_folder_remove);
}
