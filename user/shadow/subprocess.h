/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs of the system, run in the caller's network namespace with its rights over that. */
#ifndef P2PSCOPE_SHADOW_SUBPROCESS_H
#define P2PSCOPE_SHADOW_SUBPROCESS_H

#include "shadow/span.h"

/*
 * Runs the program argv[0] of /usr/sbin or /sbin with the standard input `in`, and waits for its
 * end, 30 s at most. `argv` ends with NULL. Returns its exit status, with what it printed on
 * standard output and standard error, which the caller frees; or, with nothing to free, -ENOENT
 * when there is no such program, -ETIMEDOUT when a signal ended it, or another -errno.
 */
int subprocess_run(const char *const *argv, struct span in, char **out, char **error);

/*
 * Returns whether a subprocess keeps a capability (CAP_...), as far as its parent has it: those to
 * read and write rules. A parent that gives up privileges must leave it inheritable.
 */
bool subprocess_keeps(unsigned int capability);

#endif
