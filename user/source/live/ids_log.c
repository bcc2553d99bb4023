/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/live/eve.h"
#include "source/live/ids_log.h"
#include "util/log.h"

#define LINE_MAX_BYTES 65536 /* an alert with its packet and metadata is a few kilobytes */
#define READS_A_POLL 64 /* at most four megabytes a second; the rest is read the next time */

struct ids_log {
	const char *path;
	struct engine *engine;
	int fd; /* -1: the file does not exist */
	struct stat seen;
	bool skipping; /* the rest of a line that is too long */
	bool warned; /* that it cannot be opened */
	struct ids_log_counts counts;
	size_t have;
	char line[LINE_MAX_BYTES];
};

static int ids_log_open_file(struct ids_log *log, int whence)
{
	log->fd = open(log->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (log->fd < 0)
		return -errno;
	if (fstat(log->fd, &log->seen) || !S_ISREG(log->seen.st_mode)) {
		close(log->fd);
		log->fd = -1;
		return -EINVAL;
	}
	log->have = 0;
	log->skipping = false;
	log->warned = false;
	return lseek(log->fd, 0, whence) < 0 ? -errno : 0;
}

int ids_log_open(struct ids_log **out, const char *path, struct engine *engine)
{
	struct ids_log *log = calloc(1, sizeof(*log));
	int err;

	if (!log)
		return -ENOMEM;
	log->path = path;
	log->engine = engine;
	err = ids_log_open_file(log, SEEK_END);
	if (err && err != -ENOENT) {
		log_error("--ids-log %s: %s", path,
			  err == -EINVAL ? "not a regular file" : strerror(-err));
		free(log);
		return err;
	}
	if (err)
		log_info("--ids-log %s: does not exist yet, waiting for it", path);
	*out = log;
	return 0;
}

void ids_log_close(struct ids_log *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		close(log->fd);
	free(log);
}

static void ids_log_take_line(struct ids_log *log, const char *line, size_t length)
{
	struct ids_alert alert;
	bool bad;

	if (!length)
		return;
	if (eve_parse_line(line, length, &alert, &bad)) {
		log->counts.alerts++;
		log->counts.tied += engine_ids(log->engine, &alert);
	}
	log->counts.bad += bad;
}

/* Parses the complete lines that were read; a line that is too long is skipped. */
static void ids_log_take_lines(struct ids_log *log)
{
	char *begin = log->line, *end = log->line + log->have, *newline;

	while ((newline = memchr(begin, '\n', (size_t)(end - begin)))) {
		if (!log->skipping)
			ids_log_take_line(log, begin, (size_t)(newline - begin));
		log->skipping = false;
		begin = newline + 1;
	}
	log->have = (size_t)(end - begin);
	memmove(log->line, begin, log->have);
	if (log->have == sizeof(log->line)) {
		log->counts.bad += !log->skipping;
		log->skipping = true;
		log->have = 0;
	}
}

static bool ids_log_read_some(struct ids_log *log)
{
	ssize_t got = read(log->fd, log->line + log->have, sizeof(log->line) - log->have);

	if (got <= 0)
		return false;
	log->have += (size_t)got;
	ids_log_take_lines(log);
	return true;
}

/* Returns whether the path is another file by now, or the file was truncated. */
static bool ids_log_is_rotated(const struct ids_log *log)
{
	struct stat now;

	if (stat(log->path, &now))
		return false;
	return now.st_ino != log->seen.st_ino || now.st_dev != log->seen.st_dev ||
	       now.st_size < lseek(log->fd, 0, SEEK_CUR);
}

static void ids_log_reopen(struct ids_log *log)
{
	int err;

	if (log->fd >= 0)
		close(log->fd);
	err = ids_log_open_file(log, SEEK_SET);
	if (err && err != -ENOENT && !log->warned) {
		log_warn("--ids-log %s can no longer be read: %s", log->path, strerror(-err));
		log->warned = true;
	}
}

void ids_log_poll(struct ids_log *log)
{
	if (!log)
		return;
	if (log->fd < 0)
		ids_log_reopen(log);
	for (int i = 0; log->fd >= 0 && i < READS_A_POLL && ids_log_read_some(log); i++)
		;
	if (log->fd >= 0 && ids_log_is_rotated(log))
		ids_log_reopen(log);
}

const struct ids_log_counts *ids_log_counts(const struct ids_log *log)
{
	return &log->counts;
}
