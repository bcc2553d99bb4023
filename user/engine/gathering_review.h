/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verdict on hosts that never get to a check, as that of a session that stands for it. */
#ifndef P2PSCOPE_ENGINE_GATHERING_REVIEW_H
#define P2PSCOPE_ENGINE_GATHERING_REVIEW_H

struct engine;
struct host;

/*
 * Makes a session of each host's gathering that has failed without any check, or is in trouble: so
 * many of the latter at most that hosts that are made up push out nothing else.
 */
void hosts_review_gathering(struct engine *e);
/* The same at the end of a capture: no check can follow any more, and the verdict is `probable`. */
void host_review_gathering_end(struct engine *e, struct host *h);

#endif
