/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The attribution helper: the only process that reads the running ruleset and has it copied. */
#ifndef P2PSCOPE_ATTRIBUTION_HELPER_H
#define P2PSCOPE_ATTRIBUTION_HELPER_H

/*
 * Runs the helper, in a process of its own that process_start() has started: gives up the
 * privileges that it does not need, says in an answer without serial whether there can be a shadow,
 * and answers questions from `socket` until that is closed. `live` points to a bool, see
 * attribution_start(). Returns 0 or -errno.
 */
int helper_serve(int socket, void *live);

#endif
