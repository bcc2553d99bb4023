/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The helper: the one process that reads the running ruleset and keeps a shadow of it. */
#ifndef P2PSCOPE_ATTRIBUTION_HELPER_H
#define P2PSCOPE_ATTRIBUTION_HELPER_H

/*
 * Says whether there can be a shadow, in an answer without serial, and then answers questions from
 * `socket` until it is closed. For a process of its own, which it takes all privileges from that it
 * does not need. `live`, a bool: what the shadow cannot do again may be traced in the running
 * ruleset.
 */
int helper_serve(int socket, void *live);

#endif
