/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs of the system, run where the caller is: in its network namespace, with its rights over
 * that.
 */
#ifndef P2PSCOPE_SHADOW_SUBPROCESS_H
#define P2PSCOPE_SHADOW_SUBPROCESS_H
#include "shadow/span.h"

/*
 * Runs the program argv[0] of /usr/sbin or /sbin, argv ending with NULL and `in` as its standard
 * input, and waits for its end. Gives its exit status, and what it printed on standard output and
 * standard error, for the caller to free. -ENOENT: there is no such program; -ETIMEDOUT: it did not
 * come to an end; -errno. Nothing is to be freed then.
 */
int subprocess_run(const char *const *argv, struct span in, char **out, char **error);

/*
 * Returns whether a subprocess keeps a capability (CAP_...), as far as its parent has it: those to
 * read and write rules. A parent that gives up privileges must leave it inheritable.
 */
bool subprocess_keeps(unsigned int capability);

#endif
