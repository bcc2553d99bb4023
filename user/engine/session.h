/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sessions: their state, and their life from the first check until they are forgotten. */
#ifndef P2PSCOPE_ENGINE_SESSION_H
#define P2PSCOPE_ENGINE_SESSION_H

#include "engine/changes_view.h"
#include "engine/evidence.h"
#include "engine/flow.h"
#include "engine/hash_index.h"
#include "engine/session_view.h"
#include "engine/timer_wheel.h"
#include "engine/verdict/causes.h"

struct drop_sums;
struct engine;
struct engine_limits;
struct icmp_sums;

/* RFC 8445 section 6.1.1. */
enum ice_role { ICE_ROLE_UNKNOWN, ICE_ROLE_CONTROLLING, ICE_ROLE_CONTROLLED };

struct session_state {
	struct session s;
	struct session_state *prev, *next; /* in one of the engine's two lists, oldest first */
	struct session_state *before, *after; /* among those that are over */
	struct timer timer; /* when it is looked at next */
	u64 place; /* ascends along the list of sessions of known hosts, to go on after one */
	struct session_state *same_before, *same_after; /* others of the same ufrags */
	struct hash_link link; /* by the hash of both ufrags, of the first of that list */
	u64 ufrags_hash;
	struct evidence_log evidence;
	struct flow *flows;
	struct drop_sums *drops;
	struct icmp_sums *icmp; /* NULL for those of whom no such error came */
	/* the first answer that went this way and was seen at the host */
	u64 answered_ns[HEADINGS];
	u64 nominated_ns;
	u16 nflows : 10;
	/* enum cause: why all STUN over UDP was lost further out; valid with udp_cause_known */
	u16 udp_cause : 6;
	u8 role[HEADINGS]; /* enum ice_role: of the last check that was reported of each side */
	/* answers to the host's checks, on the path that has most: 487; 400, 401, 403 or 420 */
	u8 role_refused, check_refused;
	struct session_outline outline; /* as of the last change that was noted */
	/*
	 * enum blocked_kind: the drops that its being blocked or degraded rests on, or
	 * BLOCKED_KINDS
	 */
	u8 blamed : 3;
	u8 verdict_stage : 3; /* its stage when the verdict was set */
	u8 rule_counted : 2; /* bits: as blocked, as degraded */
	/* the verdict that was counted last, VERDICT_PENDING when none, and what came with it */
	u8 counted_verdict : 3, counted_where : 2;
	u8 counted_cause : 6;
	u8 over_counted : 1; /* it is in p2pscope_sessions_total */
	u8 verdict_timed : 1; /* its first failure is in p2pscope_time_to_verdict_seconds */
	u8 counted : 3; /* 1 + the stage under which it is in the metrics, 0: it is not */
	u8 alert_heading : 1; /* enum heading: who sent the alert */
	u8 lan : 1; /* a LAN is watched: what only the WAN shows belongs to no pair of the host */
	u8 check_evidence : 5, timed : 1; /* checks as evidence; is its time to connect counted? */
	u8 udp_cause_known : 1; /* udp_cause was looked for */
	u8 hung_up : 1; /* a closing alert showed that one side left */
	u8 cut : 1, cut_heading : 1; /* it worked, and does not any more; the way (enum heading) */
	u8 impaired : 1; /* part of its packets is being dropped */
	u8 answer_evidence : 4, alert_evidence : 4; /* answers, and alerts of an IDS, as evidence */
	u8 has_verdict : 1; /* the verdict came from the timers, and has its evidence */
	u8 ended : 1; /* its capture is over */
	u8 named : 1; /* its ufrags lead to it */
	/* enum blocked_kind: the drops that its outlook rests on, or BLOCKED_KINDS */
	u8 outlook_blamed : 3;
	u8 works : 1; /* it has succeeded without media (verdict_secured()) */
	u8 early : 1; /* its verdict did not wait, and is taken back if something passes */
	u8 gathering : 1; /* it stands for a gathering without any check (gathering_review.c) */
	u16 counted_outlook : 6; /* enum cause: the outlook that is in the metrics */
	u8 past : 1; /* it is among those that are over */
};

_Static_assert(STAGE_COUNT <= 7 && VERDICT_COUNT <= 8 && WHERE_COUNT <= 4 && CAUSE_COUNT <= 64,
	       "a word does not fit in the bits that a session has for it");

/* Returns 0 or -ENOMEM. The limits are copied. */
int sessions_begin(struct engine *e, const struct engine_limits *limits);
void sessions_free(struct engine *e);

/*
 * Returns a new session that begins at that time, with these ufrags unless they are NULL. NULL when
 * memory is out or there are too many that are not over.
 */
struct session_state *session_new(struct engine *e, u64 now, const struct ufrag *own,
				  const struct ufrag *peer);
void session_forget(struct engine *e, struct session_state *s);
/* Forgets a session that is over, unless it can still be asked for: then it is looked at later. */
void session_expire(struct engine *e, struct session_state *s);

/* Returns the oldest session whose host is known, NULL when there is none; `next` leads on. */
struct session_state *sessions_known(const struct engine *e);

/* Sets the host of a session that had none: from now on the session can be looked up. */
void session_give_host(struct engine *e, struct session_state *s, const struct addr *host);
/* Puts a flow into a session and gives it its pair. */
void session_join(struct engine *e, struct session_state *s, struct flow *f);
/* Makes one of the sessions and pairs of two flows that became twins. */
void session_stitch(struct engine *e, struct flow *a, struct flow *b);
/*
 * Takes in that checks on a path of the session carry these ufrags. New ones are an ICE restart
 * (RFC 8445 section 9): the same session under a new name, with whatever began under that name on
 * other paths.
 */
void session_renew(struct engine *e, struct session_state *s, const struct ufrag *own,
		   const struct ufrag *peer);
/* Returns when anything last went this way where the host is, on any path of the session. */
u64 session_heading_ns(const struct session_state *s, enum heading heading);
/* Takes in that a flow of the session had a packet: if it had ended, it goes on after all. */
void session_wake(struct engine *e, struct session_state *s, u64 last_ns);
/* Moves the stage forward, never back. */
void session_stage(struct session_state *s, enum stage stage);

#endif
