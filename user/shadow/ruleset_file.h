/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rulesets in files. */
#ifndef P2PSCOPE_SHADOW_RULESET_FILE_H
#define P2PSCOPE_SHADOW_RULESET_FILE_H
#include "shadow/span.h"

/*
 * Reads a file as a whole, "-" being standard input, into memory to be freed with free(), behind
 * which stands a NUL. -EFBIG: it is longer than a shadow is made for; -errno.
 */
int ruleset_file_read(const char *path, char **text, size_t *length);

/* Gives a descriptor, at its beginning, of a file in memory that holds the text. -errno. */
int memory_file(struct span text);

/*
 * Adds what a file of nft(8) says to the ruleset of the namespace that the caller is in, all or
 * nothing. `text` is what ruleset_file_read() gave of it; files that it includes are looked for as nft
 * does, and in its own folder. -EINVAL when it is refused: `why` is nft's first complaint in one
 * line, "PATH:LINE:COLUMN: …" in front; it may hold any byte. -errno.
 */
int ruleset_file_load(const char *path, struct span text, char *why, size_t size);

#endif
