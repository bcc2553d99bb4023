/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which word of the closed list (design: verdicts and causes) the evidence carries. Here before
 * upstream, facts before absence. For what comes after an answered check see cause_dtls.c and
 * cause_media.c.
 */
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/refusals.h"
#include "engine/session_evidence.h"
#include "engine/state.h"
#include "engine/verdict/verdict.h"
#include "util/address.h"

void judge_close(struct session_state *s, enum verdict verdict, enum where where, enum cause cause)
{
	s->s.verdict = verdict;
	s->s.where = where;
	s->s.cause = cause;
	s->s.over = 1;
}

void judge_absence(const struct engine *e, struct session_state *s, enum verdict verdict,
		   enum where where, enum cause cause)
{
	const char *name = foreign_xdp(e, s);

	if (!name) {
		judge_close(s, verdict, where, cause);
		return;
	}
	session_say(s, s->s.times.last, AT_GATEWAY, EVIDENCE_FOREIGN_XDP, name);
	judge_close(s, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE);
}

void judge_blocked_here(struct engine *e, struct session_state *s, const struct drop_sum *d,
			enum blocked_kind kind, const char *what)
{
	const char *name;
	char to[ENDPOINT_TEXT];

	s->blamed = (u8)kind;
	drop_cause(e, d->reason, &name);
	session_say(s, d->last_ns, AT_GATEWAY, EVIDENCE_DROPS, d->count, what,
		    d->heading == OUTBOUND ? "to" : "from", endpoint_text(&d->to, to), name);
	judge_close(s, VERDICT_BLOCKED, WHERE_HERE, d->cause);
}

static enum cause turn_cause(u16 error)
{
	switch (error) {
	case 401: /* unauthenticated, with credentials */
	case 441: /* wrong credentials */
		return CAUSE_TURN_AUTH;
	case 486: /* allocation quota reached */
		return CAUSE_TURN_QUOTA;
	default:
		return CAUSE_TURN_REFUSED;
	}
}

static bool turn_failed(const struct session_state *s, const struct host *h)
{
	return h && judge_in_window(s, h->turn_error_ns) && h->turn_granted_ns < h->turn_error_ns;
}

static void say_turn_error(struct session_state *s, const struct host *h)
{
	char to[ENDPOINT_TEXT];

	session_say(s, h->turn_error_ns, AT_LAN_OUT, EVIDENCE_TURN_ERROR,
		    endpoint_text(&h->turn_server, to), h->turn_error);
}

static void say_tries(struct session_state *s, const struct flow *f, const char *what)
{
	char to[ENDPOINT_TEXT];

	session_say(s, f->leg[OUTBOUND].request_ns, f->side == SIDE_LAN ? AT_LAN_IN : AT_WAN_OUT,
		    EVIDENCE_CHECK_UNANSWERED, endpoint_text(flow_remote(f), to),
		    f->leg[OUTBOUND].requests, what);
}

/* Each path that was tried, once: where its checks were last seen. */
static void say_unanswered(struct session_state *s)
{
	for (struct flow *f = s->flows; f; f = f->next) {
		if (flow_inside(f) != f || flow_is_stray(f, s->lan) || !f->leg[OUTBOUND].requests ||
		    leg_inside(f, INBOUND)->successes)
			continue;
		say_tries(s, f, f->twin || f->side == SIDE_WAN ? "left, no answer" : "never left");
	}
}

static void say_icmp(struct session_state *s, const struct icmp_sum *i)
{
	char sender[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	session_say(s, i->first_ns, AT_WAN_IN, EVIDENCE_ICMP_ERRORS, i->count, i->v6 ? "v6" : "",
		    i->type, i->code, addr_text(&i->sender, sender), endpoint_text(&i->to, to));
}

static bool never_left(const struct facts *f)
{
	return f->stuck && !f->left;
}

static bool was_reset(const struct session_state *s, const struct host *h)
{
	return h && h->reset.count && judge_in_window(s, h->reset.last_ns) &&
	       h->turn_granted_ns < h->reset.last_ns;
}

static void say_reset(struct session_state *s, const struct host *h)
{
	char from[ENDPOINT_TEXT];

	if (h->reset.ttl_before && h->reset.ttl_before != h->reset.ttl)
		session_say(s, h->reset.last_ns, AT_WAN_IN, EVIDENCE_TCP_RESET_TTL,
			    endpoint_text(&h->reset.from, from), h->reset.count, h->reset.ttl,
			    h->reset.ttl_before);
	else
		session_say(s, h->reset.last_ns, AT_WAN_IN, EVIDENCE_TCP_RESET,
			    endpoint_text(&h->reset.from, from), h->reset.count, h->reset.ttl);
}

static void blocked_by_reset(struct session_state *s, const struct host *h)
{
	say_reset(s, h);
	judge_close(s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_TCP_RESET);
}

/* Somebody's will, not a way that does not lead anywhere, kept the host from a relay. */
static bool relay_dropped(const struct session_state *s, const struct host *h)
{
	const struct drop_sum *d = h ? &h->gather_drop : NULL;

	return d && d->count && judge_in_window(s, d->last_ns) &&
	       h->turn_granted_ns < d->first_ns &&
	       (d->cause == CAUSE_RULE || d->cause == CAUSE_QUEUE || d->cause == CAUSE_TC ||
		d->cause == CAUSE_XDP);
}

/* What left the host was not answered, and the peer's own checks were never seen. */
static void judge_nothing_came(struct engine *e, struct session_state *s, const struct host *h)
{
	enum cause cause = judge_udp(e, s, h && judge_in_window(s, h->tcp_ns));

	if (cause)
		judge_absence(e, s, VERDICT_BLOCKED, WHERE_UPSTREAM, cause);
	else
		judge_absence(e, s, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER);
}

/* No check of the host was answered. */
static void judge_checks(struct engine *e, struct session_state *s, const struct facts *f)
{
	const struct drop_sum *d = drops_of(s->drops, BLOCKED_CHECK);
	const struct host *h = host_find(e, &s->s.host);

	say_unanswered(s);
	if (d->count && (never_left(f) || d->heading == INBOUND)) {
		judge_blocked_here(e, s, d, BLOCKED_CHECK, "checks");
	} else if (never_left(f) && f->stuck_flow->leg[OUTBOUND].requests > 1) {
		judge_close(s, VERDICT_BLOCKED, WHERE_HERE, CAUSE_DROP);
	} else if (turn_failed(s, h)) {
		say_turn_error(s, h);
		judge_close(s, VERDICT_FAILED, WHERE_NONE, turn_cause(h->turn_error));
	} else if (s->icmp && s->icmp->prohibited.count) {
		say_icmp(s, &s->icmp->prohibited);
		judge_close(s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_ICMP_PROHIBITED);
	} else if (s->icmp && s->icmp->unreachable.count) {
		say_icmp(s, &s->icmp->unreachable);
		judge_close(s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_ICMP_UNREACHABLE);
	} else if (relay_dropped(s, h)) {
		judge_blocked_here(e, s, &h->gather_drop, BLOCKED_TURN, "requests");
	} else if (was_reset(s, h)) {
		blocked_by_reset(s, h);
	} else if (f->strays && f->left) {
		say_nats(e, s, f);
		judge_close(s, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE);
	} else if (f->left && !f->requests[INBOUND]) {
		judge_nothing_came(e, s, h);
	} else {
		judge_close(s, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE);
	}
}

void judge_failure(struct engine *e, struct session_state *s, const struct facts *f)
{
	if (judge_one_end(s, f) || (!f->answers[INBOUND] && judge_tls(e, s, f)))
		return;
	if (!f->answers[INBOUND] && (f->requests[OUTBOUND] || f->requests[INBOUND]))
		judge_checks(e, s, f);
	else if (s->s.stage < STAGE_SECURED)
		judge_handshake(e, s, f);
	else
		judge_silence(e, s, f);
}

void judge_gathering_cause(struct engine *e, struct session_state *s, const struct host *h)
{
	if (h->gather_drop.count && h->gather_drop.last_ns + JUDGE_WINDOW_NS > e->now) {
		judge_blocked_here(e, s, &h->gather_drop, BLOCKED_TURN, "requests");
	} else if (turn_failed(s, h)) {
		say_turn_error(s, h);
		judge_close(s, VERDICT_FAILED, WHERE_NONE, turn_cause(h->turn_error));
	} else {
		blocked_by_reset(s, h);
	}
}

/* What this gateway dropped of a better path, told with the rule behind it. */
static enum cause dropped_before(struct session_state *s, const struct host *h)
{
	const struct drop_sum *checks = drops_of(s->drops, BLOCKED_CHECK);

	if (checks->count && checks->heading == OUTBOUND) {
		s->blamed = BLOCKED_CHECK;
		return checks->cause;
	}
	if (h && h->gather_drop.count && judge_in_window(s, h->gather_drop.last_ns)) {
		s->blamed = BLOCKED_TURN;
		return h->gather_drop.cause;
	}
	return CAUSE_NONE;
}

/*
 * UDP is judged once, and its evidence told once: what happens later does not change why the path
 * was chosen.
 */
static enum cause blocked_beyond(struct engine *e, struct session_state *s)
{
	if (s->s.path_proto == PROTO_TCP && !s->udp_judged) {
		s->udp_judged = 1;
		s->udp_cause = foreign_xdp(e, s) ? CAUSE_NONE : judge_udp(e, s, true);
	}
	return s->udp_cause;
}

enum cause judge_degraded(struct engine *e, struct session_state *s, const struct facts *f)
{
	enum cause cause;

	if (!s->s.path_relayed && s->s.path_proto != PROTO_TCP)
		return CAUSE_NONE;
	cause = dropped_before(s, host_find(e, &s->s.host));
	if (cause)
		return cause;
	if (f->stuck && f->stuck_flow->leg[OUTBOUND].requests > 2 &&
	    !addr_is_private(&flow_remote(f->stuck_flow)->ip))
		return CAUSE_DROP;
	return blocked_beyond(e, s);
}
