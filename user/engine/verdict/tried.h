/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What came of the candidate pairs that a host has tried, none of which was answered: whether
 * that decides the session before its time is over.
 */
#ifndef P2PSCOPE_ENGINE_VERDICT_TRIED_H
#define P2PSCOPE_ENGINE_VERDICT_TRIED_H

#include "engine/verdict/verdict.h"

struct tried {
	u32 pairs; /* all but private addresses that checks left for, if others are dropped here */
	u32 dropped; /* pairs of which this kernel drops what goes one way, and nothing passes */
	u32 prohibited; /* pairs that were refused by ICMP */
	u32 left; /* pairs whose checks left, and nothing is known to stop */
	bool outer; /* one that is stopped leads to where other networks can be */
	bool relayed; /* one is inside TURN of the host */
	u32 packets; /* that were dropped */
	u64 first_ns; /* the first of them */
	u32 kept, kept_inbound; /* pairs whose checks, or the peer's, came in here and never left */
	u32 kept_checks; /* these checks */
	u64 kept_first_ns, kept_last_ns;
	u32 checks; /* of the host */
};

void tried_collect(struct tried *t, const struct verdict_context *c);

/* Returns whether all that was tried so far is dropped here, and nothing else is under way. */
bool tried_all_dropped(const struct tried *t, const struct verdict_context *c);
/* Returns the same of what came in at one side of this gateway and never left at the other. */
bool tried_all_kept(const struct tried *t, const struct verdict_context *c);
/* Returns the same of ICMP errors that say "prohibited". */
bool tried_all_prohibited(const struct tried *t, const struct verdict_context *c);

#endif
