/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Texts read from open files, and put into files in memory. */
#ifndef P2PSCOPE_SHADOW_TEXT_FILE_H
#define P2PSCOPE_SHADOW_TEXT_FILE_H

#include "shadow/span.h"

/*
 * Reads from the descriptor to the end of the file into `text`, to be freed with free(); a NUL
 * follows it. Returns 0, or, with NULL in `text`, -EFBIG when it is longer than 64 MiB or another
 * -errno.
 */
int text_read(int fd, char **text, size_t *length);

/* Returns a descriptor, at its start, of a file in memory that holds the text, or -errno. */
int memory_file(struct span text);

#endif
