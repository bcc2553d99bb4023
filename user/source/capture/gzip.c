/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/gzip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_INPUT (256 * 1024)
#define GZIP_ID1 0x1f
#define GZIP_ID2 0x8b
#define GZIP_WINDOW (15 + 16) /* inflateInit2(): the largest window, gzip alone */

struct gzip_reader {
	int fd;
	z_stream stream;
	bool plain;
	bool inside; /* a member of the file has begun and is not complete */
	bool ended;
	char trouble[128]; /* "": none */
	unsigned char input[GZIP_INPUT];
};

static void gzip_fail(struct gzip_reader *reader, const char *what, const char *why)
{
	reader->ended = true;
	if (!*reader->trouble)
		snprintf(reader->trouble, sizeof(reader->trouble), "%s%s", what, why);
}

/* Returns whether there is input. */
static bool gzip_fill(struct gzip_reader *reader)
{
	ssize_t got;

	if (reader->stream.avail_in)
		return true;
	got = read(reader->fd, reader->input, sizeof(reader->input));
	if (got < 0)
		gzip_fail(reader, "", strerror(errno));
	if (got <= 0)
		return false;
	reader->stream.next_in = reader->input;
	reader->stream.avail_in = (unsigned int)got;
	return true;
}

struct gzip_reader *gzip_open(int fd)
{
	struct gzip_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	if (inflateInit2(&reader->stream, GZIP_WINDOW) != Z_OK) {
		free(reader);
		return NULL;
	}
	reader->fd = fd;
	gzip_fill(reader);
	reader->plain = reader->stream.avail_in < 2 || reader->input[0] != GZIP_ID1 ||
			reader->input[1] != GZIP_ID2;
	return reader;
}

void gzip_close(struct gzip_reader *reader)
{
	inflateEnd(&reader->stream);
	close(reader->fd);
	free(reader);
}

bool gzip_is_plain(const struct gzip_reader *reader)
{
	return reader->plain;
}

static size_t read_plain(struct gzip_reader *reader, char *to, size_t room)
{
	z_stream *stream = &reader->stream;
	size_t count = gzip_fill(reader) ? stream->avail_in : 0;

	if (count > room)
		count = room;
	if (count)
		memcpy(to, stream->next_in, count);
	stream->next_in += count;
	stream->avail_in -= (unsigned int)count;
	return count;
}

/*
 * Members follow each other; what follows the last one and is no member is ignored, as gzip(1)
 * does. Without input inflate() may still have output.
 */
static void inflate_some(struct gzip_reader *reader)
{
	bool more = gzip_fill(reader);
	int code;

	if (!reader->inside) {
		reader->ended |= !more || *reader->stream.next_in != GZIP_ID1;
		if (reader->ended)
			return;
		inflateReset(&reader->stream);
		reader->inside = true;
	}
	code = inflate(&reader->stream, Z_NO_FLUSH);
	if (code == Z_STREAM_END)
		reader->inside = false;
	else if (code == Z_BUF_ERROR)
		gzip_fail(reader, "its gzip data is truncated", "");
	else if (code != Z_OK)
		gzip_fail(reader, "its gzip data is damaged: ",
			  reader->stream.msg ? reader->stream.msg : zError(code));
}

size_t gzip_read(struct gzip_reader *reader, char *to, size_t room)
{
	if (reader->plain)
		return read_plain(reader, to, room);
	reader->stream.next_out = (unsigned char *)to;
	reader->stream.avail_out = (unsigned int)room;
	while (reader->stream.avail_out && !reader->ended)
		inflate_some(reader);
	return room - reader->stream.avail_out;
}

off_t gzip_seek(struct gzip_reader *reader, off_t offset)
{
	if (!reader->plain)
		return -1;
	reader->stream.avail_in = 0;
	return lseek(reader->fd, offset, SEEK_SET);
}

const char *gzip_trouble(const struct gzip_reader *reader)
{
	return *reader->trouble ? reader->trouble : NULL;
}
