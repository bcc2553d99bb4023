/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads a file that may be gzipped (RFC 1952). gzread(3) discards what it decoded before an error;
 * this reader returns it.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_GZIP_H
#define P2PSCOPE_SOURCE_CAPTURE_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct gzip_reader;

/*
 * Takes over the descriptor of a regular file at its start. Returns NULL, and leaves the descriptor
 * alone, when out of memory.
 */
struct gzip_reader *gzip_open(int fd);
void gzip_close(struct gzip_reader *reader);

/* Returns whether the file is not gzipped, so that it is read unchanged. */
bool gzip_is_plain(const struct gzip_reader *reader);

/* Returns the number of bytes written to `to`; 0 at the end, whether it is an error or not. */
size_t gzip_read(struct gzip_reader *reader, char *to, size_t room);

/* Moves to that offset in a file that is not gzipped. Returns it, or -1. */
off_t gzip_seek(struct gzip_reader *reader, off_t offset);

/* Returns why the rest of the file cannot be read, or NULL. It is valid until gzip_close(). */
const char *gzip_trouble(const struct gzip_reader *reader);

#endif
