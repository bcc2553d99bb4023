/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What changed of the sessions, in order: for outputs that follow changes instead of reading
 * everything again. The engine keeps the newest CHANGES_KEPT of them; a reader has a cursor, which
 * also counts what was overwritten before it came.
 */
#ifndef P2PSCOPE_ENGINE_CHANGES_VIEW_H
#define P2PSCOPE_ENGINE_CHANGES_VIEW_H

#include <stddef.h>

#include "p2pscope/types.h"

struct engine;

#define CHANGES_KEPT 8192

/* A session in a few bytes: a change is when one of these is another one. */
struct session_outline {
	u8 verdict, stage, where, cause, degraded; /* as in struct session */
	u8 listed : 1; /* it can be asked for; not so before it has a host, and once forgotten */
	u8 probable : 1;
	u8 over : 1;
	u8 rule_known : 1; /* of the block, or of what degraded it */
};

struct session_change {
	u64 id; /* of the session */
	u64 time_ns; /* packet time */
	struct session_outline now;
};

/* All zero: before the first change. */
struct change_cursor {
	u64 seen; /* changes before the next one to be read */
	u64 lost; /* those of them that were overwritten before they were read */
};

/*
 * Copies the next changes, `room` at most, and moves the cursor on. Returns how many there were, 0
 * when the reader has seen all.
 */
size_t engine_changes(const struct engine *e, struct change_cursor *cursor,
		      struct session_change *to, size_t room);

#endif
