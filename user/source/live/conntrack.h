/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Conntrack, asked again: once a second the state of the kernel's table, and the entries that the
 * engine wants to know of, go to the engine. Both are of the network namespace that this process is
 * in.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_CONNTRACK_H
#define P2PSCOPE_SOURCE_LIVE_CONNTRACK_H

#include "engine/engine.h"

struct conntrack_source;

/*
 * Takes the `conntrack_look` program, below 0 when there is none: then only the table's state is
 * told, if the kernel has it. Program and engine stay the caller's. -errno.
 */
int conntrack_open(struct conntrack_source **out, int program, struct engine *engine);
void conntrack_close(struct conntrack_source *source);

/*
 * Call once a second. The first seconds learn how long a tick is; entries are asked for behind
 * that.
 */
void conntrack_poll(struct conntrack_source *source);

#endif
