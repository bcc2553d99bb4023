/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between the two halves of the judge: when a verdict is due (verdict.c) and what it is
 * (cause_checks.c).
 */
#ifndef P2PSCOPE_ENGINE_VERDICT_VERDICT_H
#define P2PSCOPE_ENGINE_VERDICT_VERDICT_H

#include "engine/drops.h"
#include "engine/local.h"
#include "engine/verdict/facts.h"
#include "util/time.h"

struct host;

/* Returns whether what was last seen at that time, 0 for never, may belong to the session. */
static inline bool judge_in_window(const struct session_state *s, u64 at_ns)
{
	return at_ns && at_ns + JUDGE_WINDOW_NS > s->s.times.first;
}

#define JUDGE_CONSENT_NS (30 * NS_PER_S) /* RFC 7675 section 5.1 */

/*
 * Looks at all the evidence of a session and sets its verdict, cause, where and whether it is over.
 */
void judge(struct engine *e, struct session_state *s);
/* Gatherings that failed without any check become sessions. */
void judge_gathering(struct engine *e, struct host *h);
/* The end of a capture: what a session that is not over yet is told as. */
void judge_end(struct engine *e, struct session_state *s, unsigned int lacks);

void judge_close(struct session_state *s, enum verdict verdict, enum where where, enum cause cause);
/* By drops of this gateway, of that kind; `what` they were. */
void judge_blocked_here(struct engine *e, struct session_state *s, const struct drop_sum *d,
			enum blocked_kind kind, const char *what);

/*
 * The same for what was not seen to come in: `unknown` where somebody else's XDP program is before
 * us, as what that drops is not seen.
 */
void judge_absence(const struct engine *e, struct session_state *s, enum verdict verdict,
		   enum where where, enum cause cause);

/*
 * The host's STUN left over UDP for two addresses or more, and none answered: CAUSE_STUN_FILTERED
 * where its other UDP to the same port is answered, CAUSE_UDP_BLOCKED where its TCP is;
 * `tcp_works`: to anybody. CAUSE_NONE: neither. Says so. The work does not depend on how many flows
 * the host has.
 */
enum cause judge_udp(const struct engine *e, struct session_state *s, bool tcp_works);

/* A session that worked has lost consent: names by what, and gives whether it is so. */
bool judge_consent(const struct engine *e, struct session_state *s, const struct facts *f);

/*
 * Only one direction was seen: what the other end did, or did not, cannot be told. Says so, and
 * gives whether it is so.
 */
bool judge_one_end(struct session_state *s, const struct facts *f);

/* Media seems to go through TURN over TLS: the session has succeeded, most likely. */
bool judge_tls(struct engine *e, struct session_state *s, const struct facts *f);

/* Names what stopped the DTLS handshake. */
void judge_handshake(struct engine *e, struct session_state *s, const struct facts *f);

/* The handshake is over, the checks go on, and one side's media never comes. */
bool media_one_way(const struct session_state *s, const struct facts *f);
/*
 * Not a word of RTP from one side, no report either, while the other one sends; of data there are
 * no reports.
 */
bool media_silent(const struct facts *f, enum heading heading);
/* RTP is dropped by this gateway, and none gets through that way, though data or consent may. */
bool media_dropped(const struct engine *e, const struct session_state *s, const struct facts *f);
/* Names what kept the media of a secured session away. */
void judge_silence(struct engine *e, struct session_state *s, const struct facts *f);

/* When a session that was just judged can become another one by time alone. */
u64 judge_again(const struct engine *e, const struct session_state *s, const struct facts *f);

/* Names what failed, with evidence; `unknown` when what was seen does not suffice. */
void judge_failure(struct engine *e, struct session_state *s, const struct facts *f);

/* The same for a host that never got to its first check. */
void judge_gathering_cause(struct engine *e, struct session_state *s, const struct host *h);

/* Why the NATs of both sides do not meet, as evidence: the peer's checks found no mapping. */
void say_nats(const struct engine *e, struct session_state *s, const struct facts *f);

/* For a session that works: what better path this gateway had dropped before, or CAUSE_NONE. */
enum cause judge_degraded(struct engine *e, struct session_state *s, const struct facts *f);

#endif
