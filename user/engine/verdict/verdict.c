/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of predicates, and how it is walked: here before upstream, facts before absence. */
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/refusals.h"
#include "engine/verdict/predicates.h"
#include "engine/verdict/texts.h"
#include "engine/verdict/tried.h"
#include "util/address.h"

struct row {
	u8 phase; /* enum verdict_phase */
	u8 outcome; /* enum cause or enum row_outcome */
	u8 flags; /* enum row_flags */
	predicate *look;
};

#define VERDICT_ROW(phase, name, outcome, flags, evidence) {phase, outcome, flags, name},

static const struct row rows[] = {VERDICT_ROWS(VERDICT_ROW)};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void ruling_begin(struct ruling *r, enum verdict_phase phase)
{
	r->verdict = VERDICT_UNKNOWN;
	r->where = WHERE_NONE;
	r->cause = CAUSE_NONE;
	r->blamed = BLOCKED_KINDS;
	r->since_ns = 0;
	r->heading = OUTBOUND;
	r->probable = r->through_tls = r->bare = r->decisive = false;
	r->no_handshake = phase == PHASE_DTLS;
	r->evidence = (struct evidence_log){.bytes = r->bytes, .room = sizeof(r->bytes)};
}

void ruling_say_as(struct ruling *r, u64 time_ns, enum point at, enum evidence_code code,
		   const char *format, ...)
{
	va_list args;

	if (r->bare)
		return;
	va_start(args, format);
	evidence_add(&r->evidence, SESSION_EVIDENCE, time_ns, at, code, format, args);
	va_end(args);
}

/* What was found rests on something that did not come in: it may have been dropped unseen. */
static void settle_absence(const struct verdict_context *c, struct ruling *r)
{
	const char *name = foreign_xdp(c->engine, c->session);

	if (!name)
		return;
	ruling_say(r, c->session->s.times.last, AT_GATEWAY, EVIDENCE_FOREIGN_XDP, name);
	r->verdict = VERDICT_UNKNOWN;
	r->where = WHERE_NONE;
	r->cause = CAUSE_NONE;
}

static void ruling_settle(const struct verdict_context *c, const struct row *row, struct ruling *r)
{
	if (row->outcome == OUTCOME_DROP_REASON) { /* the predicate has set the cause */
		r->verdict = VERDICT_BLOCKED;
		r->where = WHERE_HERE;
	} else if (row->outcome < CAUSE_COUNT) {
		r->verdict = cause_verdict(row->outcome);
		r->where = cause_where(row->outcome);
		r->cause = row->outcome;
	} else if (row->outcome == OUTCOME_SUCCEEDED) {
		r->verdict = VERDICT_SUCCEEDED;
	}
	if (row->flags & ROW_ABSENCE)
		settle_absence(c, r);
}

static void say_tried_path(struct ruling *r, const struct flow *f, const char *what)
{
	char to[ENDPOINT_TEXT];

	ruling_say(r, f->leg[OUTBOUND].request_ns, f->side == SIDE_LAN ? AT_LAN_IN : AT_WAN_OUT,
		   EVIDENCE_CHECK_UNANSWERED, endpoint_text(flow_remote(f), to),
		   f->leg[OUTBOUND].requests, what);
}

/* Each path that was tried, once: where its checks were last seen. */
static void say_unanswered(const struct verdict_context *c, struct ruling *r)
{
	for (struct flow *f = c->session->flows; f; f = f->next) {
		if (flow_inside(f) != f || flow_is_stray(f, c->session->lan) ||
		    !f->leg[OUTBOUND].requests || leg_inside(f, INBOUND)->successes)
			continue;
		say_tried_path(r, f,
			       f->twin || f->side == SIDE_WAN ? "left, no answer" : "never left");
	}
}

/*
 * Returns the first row of the phase that finds at least so much, of those with one of these flags
 * (enum row_flags), or of all for 0. No evidence is written: most walks end without a ruling.
 */
static const struct row *match_row(const struct verdict_context *c, enum verdict_phase phase,
				   unsigned int flags, enum finding least, struct ruling *r)
{
	for (const struct row *row = rows; row < rows + ROWS; row++) {
		if (row->phase != phase || (flags && !(row->flags & flags)))
			continue;
		ruling_begin(r, phase);
		r->bare = true;
		if (row->look(c, r) >= least)
			return row;
	}
	return NULL;
}

/*
 * Returns the first row of the phase that finds at least so much, with its evidence in `r`. NULL
 * when none does; then `r` is `unknown`, with the evidence that is common to the phase.
 */
static const struct row *find_row(const struct verdict_context *c, enum verdict_phase phase,
				  enum finding least, struct ruling *r)
{
	const struct row *row =
		match_row(c, phase, least == FINDING_DECISIVE ? ROW_EARLY : 0, least, r);

	if (!row && least == FINDING_DECISIVE)
		return NULL;
	ruling_begin(r, phase);
	if (phase == PHASE_CHECKS)
		say_unanswered(c, r);
	if (row)
		r->decisive = row->look(c, r) == FINDING_DECISIVE;
	return row;
}

static bool find_ruling(const struct verdict_context *c, enum verdict_phase phase,
			enum finding least, struct ruling *r)
{
	const struct row *row = find_row(c, phase, least, r);

	if (!row)
		return false;
	if (row->outcome == OUTCOME_TIME_OVER) {
		bool probable = r->probable;

		verdict_time_over(c, r);
		r->probable |= probable;
		return true;
	}
	ruling_settle(c, row, r);
	return true;
}

/* How far it came tells where to look. */
static enum verdict_phase phase_of(const struct verdict_context *c)
{
	const struct facts *f = c->facts;

	if (c->session->gathering)
		return PHASE_GATHERING;
	if (!f->answers[INBOUND] && (f->requests[OUTBOUND] || f->requests[INBOUND]))
		return PHASE_CHECKS;
	return c->session->s.stage < STAGE_SECURED ? PHASE_DTLS : PHASE_MEDIA;
}

bool verdict_early(const struct verdict_context *c, struct ruling *r)
{
	return find_ruling(c, phase_of(c), FINDING_DECISIVE, r);
}

bool verdict_is_refuted(const struct verdict_context *c)
{
	struct tried t;

	if (phase_of(c) == PHASE_CHECKS) {
		tried_collect(&t, c);
		return t.left > 0;
	}
	return drops_of(c->session->drops, BLOCKED_DTLS)->count && !dtls_all_dropped(c);
}

bool verdict_time_over(const struct verdict_context *c, struct ruling *r)
{
	if (!find_ruling(c, PHASE_HIDDEN, FINDING_HINT, r))
		find_ruling(c, phase_of(c), FINDING_HINT, r);
	return true;
}

/*
 * What is seen is an outlook at once, what is missing only once some tries were in vain. Where only
 * a part is seen, the rest is no outlook.
 */
bool verdict_outlook(const struct verdict_context *c, struct ruling *r)
{
	unsigned int flags = ROW_OUTLOOK | (verdict_in_vain(c) ? ROW_OUTLOOK_VAIN : 0);
	const struct row *row;

	if (match_row(c, PHASE_HIDDEN, 0, FINDING_HINT, r))
		return false;
	row = match_row(c, phase_of(c), flags, FINDING_HINT, r);
	if (row)
		ruling_settle(c, row, r);
	return row && r->cause != CAUSE_NONE;
}

bool verdict_gathering(const struct verdict_context *c, struct ruling *r)
{
	find_ruling(c, PHASE_GATHERING, FINDING_HINT, r);
	return true;
}

bool verdict_secured(const struct verdict_context *c, struct ruling *r)
{
	return find_ruling(c, PHASE_SECURED, FINDING_DECISIVE, r);
}

bool verdict_consent(const struct verdict_context *c, struct ruling *r)
{
	return find_ruling(c, PHASE_CONSENT, FINDING_HINT, r);
}

bool verdict_capture_end(const struct verdict_context *c, struct ruling *r)
{
	return find_ruling(c, PHASE_CAPTURE_END, FINDING_HINT, r);
}

bool verdict_degraded(const struct verdict_context *c, struct ruling *r)
{
	return find_ruling(c, PHASE_DEGRADED, FINDING_HINT, r);
}

bool verdict_degraded_tcp(const struct verdict_context *c, struct ruling *r)
{
	return find_ruling(c, PHASE_DEGRADED_TCP, FINDING_HINT, r);
}

const struct host *context_host(const struct verdict_context *c)
{
	return host_find(c->engine, &c->session->s.host);
}

bool context_in_window(const struct verdict_context *c, u64 at_ns)
{
	return at_ns && at_ns + VERDICT_WINDOW_NS > c->session->s.times.first;
}

void ruling_blame(struct ruling *r, const struct drop_sum *d, enum blocked_kind kind)
{
	r->blamed = kind;
	r->cause = d->cause;
	r->since_ns = d->first_ns;
}

void ruling_say_drops(const struct verdict_context *c, struct ruling *r, const struct drop_sum *d,
		      const char *what)
{
	const char *name;
	char to[ENDPOINT_TEXT];

	drop_cause(c->engine, d->reason, &name);
	ruling_say(r, d->last_ns, AT_GATEWAY, EVIDENCE_DROPS, d->count, what,
		   d->heading == OUTBOUND ? "to" : "from", endpoint_text(&d->to, to), name);
}
