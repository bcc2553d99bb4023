/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shadow/text_file.h"

#define FILE_BYTES (64u << 20) /* some 500,000 rules */
#define FIRST_BYTES 65536

/* Doubles the buffer when it has no room beside the NUL. */
static int text_reserve(char **text, size_t length, size_t *room)
{
	size_t more = *room ? 2 * *room : FIRST_BYTES;
	char *bytes;

	if (length + 1 < *room)
		return 0;
	if (length > FILE_BYTES)
		return -EFBIG;
	bytes = realloc(*text, more);
	if (!bytes)
		return -ENOMEM;
	*text = bytes;
	*room = more;
	return 0;
}

int text_read(int fd, char **text, size_t *length)
{
	size_t room = 0;
	ssize_t got = 1;
	int err = 0;

	*text = NULL;
	*length = 0;
	while (!err && got) {
		err = text_reserve(text, *length, &room);
		got = err ? 0 : read(fd, *text + *length, room - *length - 1);
		if (got < 0)
			err = -errno;
		else
			*length += (size_t)got;
	}
	if (err) {
		free(*text);
		*text = NULL;
	} else {
		(*text)[*length] = '\0';
	}
	return err;
}

int memory_file(struct span text)
{
	int fd = memfd_create("p2pscope", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (text.length) {
		ssize_t written = write(fd, text.at, text.length);

		if (written < 0) {
			int err = -errno;

			close(fd);
			return err;
		}
		span_take(&text, (size_t)written);
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}
