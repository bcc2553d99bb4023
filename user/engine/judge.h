/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between the two halves of the judge: when a verdict is due (judge.c) and what it is (judge_cause.c). */
#ifndef P2PSCOPE_ENGINE_JUDGE_H
#define P2PSCOPE_ENGINE_JUDGE_H

#include "engine/facts.h"

/* A gathering belongs to the sessions of the same host that begin within this time of it. */
#define JUDGE_WINDOW_NS (60 * NS_PER_S)

void judge_close(struct session_state *s, enum verdict verdict, enum where where, enum cause cause);
/* By drops of this gateway, of that kind; `what` they were. */
void judge_blocked_here(struct engine *e, struct session_state *s, const struct drop_sum *d, enum blocked_kind kind,
			const char *what);

/* The host's UDP left for two addresses or more, and none answered; to be asked where its TCP works. Says so. */
bool judge_udp_blocked(const struct engine *e, struct session_state *s);

/* Names what stopped the DTLS handshake. */
void judge_handshake(struct engine *e, struct session_state *s, const struct facts *f);

/* The handshake is over, the checks go on, and one side's media never comes. */
bool media_one_way(const struct session_state *s, const struct facts *f);
/* RTP is dropped by this gateway, and none gets through that way, though data or consent may. */
bool media_dropped(const struct engine *e, const struct session_state *s, const struct facts *f);
/* Names what kept the media of a secured session away. */
void judge_silence(struct engine *e, struct session_state *s, const struct facts *f);

/* Names what failed, with evidence; `unknown` when what was seen does not suffice. */
void judge_failure(struct engine *e, struct session_state *s, const struct facts *f);

/* The same for a host that never got to its first check. */
void judge_gathering_cause(struct engine *e, struct session_state *s, const struct host *h);

/* Why the NATs of both sides do not meet, as evidence: the peer's checks found no mapping. */
void say_nats(const struct engine *e, struct session_state *s, const struct facts *f);

/* For a session that works: what better path this gateway had dropped before, or CAUSE_NONE. */
enum cause judge_degraded(struct engine *e, struct session_state *s, const struct facts *f);

#endif
