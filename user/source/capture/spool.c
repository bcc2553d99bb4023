/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

static const char *spool_folder(void)
{
	const char *set = getenv("TMPDIR");

	return set && *set ? set : "/tmp";
}

static int spool_make_file(char *text)
{
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s/p2pscope-XXXXXX", spool_folder());
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	else
		snprintf(text, SPOOL_TEXT,
			 "cannot create a temporary file in %s (%s): set TMPDIR to a directory "
			 "with free space",
			 spool_folder(), strerror(errno));
	return fd < 0 ? -errno : fd;
}

static int spool_write(int fd, const u8 *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/*
 * Copies one chunk. Returns its size in bytes, 0 at the end, or -errno with the reason in `text`.
 */
static ssize_t spool_take_chunk(const struct spool *spool, int fd, u64 done, char *text)
{
	u8 chunk[CHUNK];
	size_t room = spool->most - done < CHUNK ? (size_t)(spool->most - done) : CHUNK;
	ssize_t n = read(spool->from, chunk, room ? room : 1);
	int err = n < 0 ? -errno : 0;

	if (err && err != -EINTR)
		snprintf(text, SPOOL_TEXT, "%s", strerror(-err));
	if (err || !n)
		return err;
	if (!room) {
		snprintf(text, SPOOL_TEXT,
			 "more than %llu MiB were received: save the capture to a file and replay "
			 "that",
			 spool->most >> 20);
		return -EFBIG;
	}
	err = spool_write(fd, chunk, (size_t)n);
	if (err)
		snprintf(text, SPOOL_TEXT,
			 "only %llu bytes fit into %s (%s): set TMPDIR to a directory with free "
			 "space",
			 done, spool_folder(), strerror(-err));
	return err ? err : n;
}

int spool_take(const struct spool *spool, char *text)
{
	int fd = spool_make_file(text);
	ssize_t n = 1;
	u64 done = 0;

	if (fd < 0)
		return fd;
	*text = '\0';
	while (n > 0 || n == -EINTR) {
		if (spool->stop && *spool->stop) {
			snprintf(text, SPOOL_TEXT, "interrupted while it was received");
			break;
		}
		n = spool_take_chunk(spool, fd, done, text);
		done += n > 0 ? (u64)n : 0;
		if (spool->progress)
			spool->progress(spool->arg, done);
	}
	return fd;
}
