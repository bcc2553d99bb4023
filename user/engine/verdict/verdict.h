/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Verdicts as a function: what is known of a session in, a ruling out. Nothing here changes the
 * engine's state; session_review.c asks, session_ruling.c applies what is ruled.
 */
#ifndef P2PSCOPE_ENGINE_VERDICT_VERDICT_H
#define P2PSCOPE_ENGINE_VERDICT_VERDICT_H

#include "engine/drops.h"
#include "engine/evidence.h"
#include "engine/local.h"
#include "engine/verdict/causes.h"
#include "engine/verdict/facts.h"

struct host;

#define CONSENT_LOST_NS (30 * NS_PER_S) /* RFC 7675 section 5.1 */

struct verdict_context {
	const struct engine *engine;
	const struct session_state *session;
	const struct facts *facts;
	unsigned int lacks; /* of a capture that has ended: LACKS_* of engine.h */
};

enum finding {
	FINDING_NONE,
	FINDING_HINT, /* what is seen speaks for this, but waiting may still change it */
	FINDING_DECISIVE, /* no waiting can change it */
};

#define RULING_BYTES 8192

struct ruling {
	u8 verdict, where, cause; /* the lists of words.h and causes.h */
	u8 blamed; /* enum blocked_kind: the drops that it rests on; BLOCKED_KINDS: none */
	/*
	 * The first packet that shows what is ruled: the first that was dropped here or never left,
	 * or the refusal; 0: it rests on what never came.
	 */
	u64 since_ns;
	u8 heading; /* enum heading: which way was cut; valid of a session that worked */
	bool probable;
	bool through_tls; /* the path is a relay, reached through TLS */
	bool decisive; /* what it rests on, waiting cannot change */
	bool bare; /* what is said is not kept: only whether there is a ruling is asked */
	bool no_handshake; /* the DTLS handshake, if there was one, has failed */
	struct evidence_log evidence; /* in `bytes` */
	u8 bytes[RULING_BYTES];
};

/* Adds evidence to a ruling: ruling_say(r, time_ns, at, EVIDENCE_..., arguments of its format). */
#define ruling_say(r, time_ns, at, code, ...) \
	ruling_say_as(r, time_ns, at, code, code##_FORMAT, ##__VA_ARGS__)
void ruling_say_as(struct ruling *r, u64 time_ns, enum point at, enum evidence_code code,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * Of the functions below each returns whether there is a ruling; without one `r` holds nothing.
 */

/* A failure that is sure before the session's time is over. */
bool verdict_early(const struct verdict_context *c, struct ruling *r);
/* Returns whether something passes that such a ruling took for stopped. */
bool verdict_is_refuted(const struct verdict_context *c);
/* A session whose time is over: always, `unknown` where what was seen does not suffice. */
bool verdict_time_over(const struct verdict_context *c, struct ruling *r);
/*
 * What the evidence of a pending session speaks for so far: only where, cause, and the drops to
 * blame are set. False when it speaks for nothing.
 */
bool verdict_outlook(const struct verdict_context *c, struct ruling *r);
/* A host that never got to its first check; always. */
bool verdict_gathering(const struct verdict_context *c, struct ruling *r);
/* A session whose handshake is over, and which works although no media is to be seen. */
bool verdict_secured(const struct verdict_context *c, struct ruling *r);
/* A session that worked and has lost consent. */
bool verdict_consent(const struct verdict_context *c, struct ruling *r);
/*
 * A capture has ended before the session. What the ruling depends on is what the capture lacks, and
 * whether the session had a verdict.
 */
bool verdict_capture_end(const struct verdict_context *c, struct ruling *r);
/*
 * A session that works by a relay or by TCP: the ruling's cause is what kept a better path away.
 * The second rests on what became of all UDP of the host, and is for sessions over TCP.
 */
bool verdict_degraded(const struct verdict_context *c, struct ruling *r);
bool verdict_degraded_tcp(const struct verdict_context *c, struct ruling *r);

/* --- timers.c --- */

/* Returns whether waiting is over for a session without media: nothing more will change it. */
bool verdict_is_due(const struct verdict_context *c);
/*
 * Returns whether such a session is judged before the timers of the RFCs are over, because the host
 * has stopped trying: it may have had a reason of its own.
 */
bool verdict_is_premature(const struct verdict_context *c);
/* Returns whether the host has tried for a while without an answer, though not for long. */
bool verdict_in_vain(const struct verdict_context *c);
/*
 * Returns whether one side seems to have hung up: a closing alert came, or the peer's port is
 * closed, which is ordinary once it has.
 */
bool verdict_hung_up(const struct session_state *s);
/* Returns whether both sides of a session that worked have fallen silent, so that it has ended. */
bool verdict_is_silent(const struct verdict_context *c);
/* Returns when, in ns, a session that was just reviewed can become another one by time alone. */
u64 verdict_review_ns(const struct verdict_context *c);
/*
 * Returns since when, in ns, the way of a host to STUN and TURN servers is in trouble and may still
 * come out of it; 0: it is not. The second returns the same of a gathering that has failed.
 */
u64 gathering_troubled_ns(const struct host *h, u64 now);
u64 gathering_failed_ns(const struct host *h, u64 seen, u64 now);
/* Returns whether it has for good, without waiting: every server that the host asked is lost. */
bool gathering_is_lost(const struct host *h, u64 now);

/* --- cause_media.c --- */

/* Returns whether the handshake is over, checks or data go on, and one side's media never comes. */
bool media_one_way(const struct verdict_context *c);
/*
 * Returns whether no RTP and no report went this way while RTP goes the other; of data there are no
 * reports.
 */
bool media_silent(const struct facts *f, enum heading heading);
/*
 * Returns whether RTP is dropped by this gateway, and none gets through that way, though data or
 * consent may.
 */
bool media_dropped(const struct verdict_context *c);

/* --- cause_cut.c --- */

/* Returns whether RTP of one direction came in here and none ever passed on. */
bool media_never_passes(const struct verdict_context *c);

/* --- cause_mapping.c --- */

/*
 * Returns whether the NAT mapping of a path that carried the session has changed or gone, and
 * nothing has come in since, or no media of a peer that sent some until then. What of the peer is
 * dropped meanwhile, or refused, is a consequence.
 */
bool mapping_went(const struct verdict_context *c);

/* --- cause_dtls.c --- */

/*
 * Returns whether this gateway drops a DTLS flight: all of its records, for long enough to tell,
 * and none of that kind gets through.
 */
bool dtls_all_dropped(const struct verdict_context *c);
/* Returns the same of a flight that came in at one side and never left at the other. */
bool dtls_all_kept(const struct verdict_context *c);

/* --- for predicates --- */

/* Returns the session's host; NULL when nothing else is known of it. */
const struct host *context_host(const struct verdict_context *c);
/* Returns whether that belongs to the session: not longer ago than VERDICT_WINDOW_NS before it. */
bool context_in_window(const struct verdict_context *c, u64 at_ns);
/* The ruling rests on these drops of this gateway, and has the cause that the kernel tells. */
void ruling_blame(struct ruling *r, const struct drop_sum *d, enum blocked_kind kind);
/* The same as evidence; `what` names the packets, in the plural. */
void ruling_say_drops(const struct verdict_context *c, struct ruling *r, const struct drop_sum *d,
		      const char *what);

#endif
