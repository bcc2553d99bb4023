/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rulesets in files. */
#ifndef P2PSCOPE_SHADOW_RULESET_FILE_H
#define P2PSCOPE_SHADOW_RULESET_FILE_H

#include "shadow/span.h"

/*
 * Reads a whole file, "-" being standard input, into `text`, to be freed with free(); a NUL follows
 * it. Returns 0, -EFBIG when it is longer than 64 MiB, or another -errno.
 */
int ruleset_file_read(const char *path, char **text, size_t *length);

/*
 * Adds a file of nft(8) to the ruleset of the caller's network namespace, all or nothing. `text` is
 * what ruleset_file_read() read of it; included files are looked for as nft does, and in the file's
 * own folder. Returns 0, or -EINVAL when nft refuses it: `why` of `size` bytes is then nft's first
 * complaint, "PATH:LINE:COLUMN: ...", one line that may hold any byte; or another -errno.
 */
int ruleset_file_load(const char *path, struct span text, char *why, size_t size);

#endif
