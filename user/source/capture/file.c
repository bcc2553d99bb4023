/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/capture/gzip.h"
#include "util/time.h"

#define BUFFER (256 * 1024)

static int file_fail(struct capture_file *file, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets the reason of an error, which begins with the file's name; returns `err`. */
static int file_fail(struct capture_file *file, int err, const char *format, ...)
{
	int used = snprintf(file->text, sizeof(file->text), "%.255s: ", file->path);
	va_list args;

	va_start(args, format);
	vsnprintf(file->text + used, sizeof(file->text) - (size_t)used, format, args);
	va_end(args);
	return err;
}

static int file_fail_open(struct capture_file *file, int err)
{
	const char *todo =
		err == EACCES ? "replay it as a user who may read it" : "is the name right?";

	return file_fail(file, -err, "%s: %s", strerror(err), todo);
}

/* Replaces a pipe by a temporary file with its contents. */
static int file_spool(struct capture_file *file, const struct spool *spool)
{
	struct spool mine = *spool;
	char text[SPOOL_TEXT];
	int fd;

	mine.from = file->fd;
	fd = spool_take(&mine, text);
	if (*text)
		file_fail(file, 0, "%s", text);
	if (fd < 0)
		return fd;
	close(file->fd);
	file->fd = fd;
	return 0;
}

static int file_inspect(struct capture_file *file, const struct spool *spool)
{
	struct stat st;
	int err;

	if (fstat(file->fd, &st))
		return file_fail_open(file, errno);
	if (S_ISDIR(st.st_mode))
		return file_fail(file, -EISDIR, "this is a directory: name a capture in it");
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) {
		err = file_spool(file, spool);
		if (err)
			return err;
		fstat(file->fd, &st);
	} else if (!S_ISREG(st.st_mode)) {
		return file_fail(file, -EINVAL, "this is a device: name a capture, or pipe one in");
	}
	if (!st.st_size)
		return file_fail(file, -EPROTO,
				 "it is empty: was the capture stopped before it was written?");
	file->size = (u64)st.st_size;
	return 0;
}

int capture_file_open(struct capture_file *file, const struct spool *spool)
{
	bool standard_input = !strcmp(file->path, "-");

	file->text[0] = '\0';
	file->gz = file->pcap = NULL;
	file->plain.buffer = NULL;
	file->fd = standard_input ? dup(STDIN_FILENO) : open(file->path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return file_fail_open(file, errno);
	if (standard_input)
		file->path = "standard input";
	return file_inspect(file, spool);
}

static ssize_t cookie_read(void *cookie, char *data, size_t len)
{
	return (ssize_t)gzip_read(cookie, data, len);
}

static int cookie_seek(void *cookie, off64_t *offset, int whence)
{
	*offset = whence == SEEK_SET ? gzip_seek(cookie, *offset) : -1;
	return *offset < 0 ? -1 : 0;
}

static int cookie_close(void *cookie)
{
	gzip_close(cookie);
	return 0;
}

/* Returns a stream of the file's uncompressed contents; NULL when out of memory. */
static FILE *open_contents(struct capture_file *file)
{
	static const cookie_io_functions_t functions = {
		.read = cookie_read, .seek = cookie_seek, .close = cookie_close};
	int fd = lseek(file->fd, 0, SEEK_SET) ? -1 : dup(file->fd);
	FILE *stream;

	file->gz = fd < 0 ? NULL : gzip_open(fd);
	if (!file->gz) {
		close(fd);
		return NULL;
	}
	stream = fopencookie(file->gz, "rb", functions);
	if (!stream)
		gzip_close(file->gz);
	else
		setvbuf(stream, NULL, _IOFBF, BUFFER);
	return stream;
}

static void file_end_pass(struct capture_file *file)
{
	plain_reader_end(&file->plain);
	if (file->pcap)
		pcap_close(file->pcap);
	file->pcap = NULL;
}

static int file_check_link(struct capture_file *file)
{
	int dlt = pcap_datalink(file->pcap);
	const char *name = pcap_datalink_val_to_name(dlt);

	file->link = capture_frame_link(dlt);
	if (file->link)
		return 0;
	return file_fail(
		file, -EPROTO,
		"link type %d (%s) is not understood: capture with one of " CAPTURE_FRAME_LINKS,
		dlt, name ? name : "unknown");
}

int capture_file_rewind(struct capture_file *file)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	const char *trouble;
	FILE *stream;
	int err;

	file_end_pass(file);
	file->packets = 0;
	stream = open_contents(file);
	if (!stream)
		return file_fail(file, -ENOMEM, "out of memory");
	file->pcap =
		pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why);
	if (file->pcap && gzip_is_plain(file->gz))
		plain_reader_begin(&file->plain, file->pcap, file->fd);
	if (file->pcap)
		return file_check_link(file);
	trouble = gzip_trouble(file->gz);
	err = file_fail(file, -EPROTO,
			"not a packet capture (%s): pcap and pcapng are supported, gzipped or not",
			trouble ? trouble : why);
	fclose(stream);
	return err;
}

/* libpcap does not read captures whose interfaces differ, and has no error code for it. */
static bool interfaces_differ(const char *why)
{
	return strstr(why, "different from the type of the first interface") ||
	       strstr(why, "different from the snapshot length of the first interface");
}

static int file_end_early(struct capture_file *file, bool error)
{
	const char *trouble = gzip_trouble(file->gz);

	if (!trouble && error)
		trouble = pcap_geterr(file->pcap);
	if (trouble && interfaces_differ(trouble))
		return file_fail(
			file, -EPROTO,
			"its interfaces differ in link type or snapshot length: write each into a "
			"file of its own, as "
			"tshark -r FILE -Y frame.interface_id==0 -w FILE-0 does, and replay that");
	if (trouble && !*file->text)
		file_fail(file, 0, "not read past packet %llu: %s", file->packets, trouble);
	return 0;
}

static int packet_accept(struct capture_file *file)
{
	file->packets++;
	if (file->frame.wire < file->frame.have)
		file->frame.wire = file->frame.have;
	return 1;
}

static int file_next_by_libpcap(struct capture_file *file)
{
	struct pcap_pkthdr *header;
	int got = pcap_next_ex(file->pcap, &header, &file->frame.data);

	if (got != 1)
		return file_end_early(file, got == PCAP_ERROR);
	file->frame.have = header->caplen;
	file->frame.wire = header->len;
	/* in ns, as requested from libpcap */
	file->time_ns = (u64)header->ts.tv_sec * NS_PER_S + (u64)header->ts.tv_usec;
	return packet_accept(file);
}

int capture_file_next(struct capture_file *file)
{
	if (!file->plain.buffer)
		return file_next_by_libpcap(file);
	if (plain_reader_next(&file->plain, &file->frame, &file->time_ns))
		return packet_accept(file);
	plain_reader_end(&file->plain);
	if (fseeko(pcap_file(file->pcap), (off_t)plain_reader_offset(&file->plain), SEEK_SET))
		return file_fail(file, -EIO, "cannot seek to its next packet: %s", strerror(errno));
	return file_next_by_libpcap(file);
}

const char *capture_file_link(const struct capture_file *file)
{
	return pcap_datalink_val_to_description(pcap_datalink(file->pcap));
}

void capture_file_note_change(struct capture_file *file)
{
	struct stat st;

	if (!fstat(file->fd, &st) && (u64)st.st_size != file->size)
		file_fail(file, 0,
			  "it changed while it was read: replay it again when it is complete");
}

void capture_file_close(struct capture_file *file)
{
	file_end_pass(file);
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
