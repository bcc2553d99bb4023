/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/passage.h"
#include "engine/session_course.h"
#include "engine/session_impair.h"
#include "engine/state.h"
#include "util/time.h"

/* Fewer are lost while rules or routes are changed. */
#define IMPAIRED_PACKETS 7
#define IMPAIRED_SHARE 100 /* one packet in so many, at least */
/* Packets have passed for so long without a drop: it is over, unless more are dropped soon. */
#define RECOVERED_NS (1500 * NS_PER_MS)
#define RELAPSE_NS (10 * NS_PER_S)

/* The packets of a heading that passed on since drops of it began. */
static u64 passed_since(const struct session_state *s, enum heading heading)
{
	u64 passed = 0;

	for (const struct flow *f = s->flows; f; f = f->next) {
		const struct passages *list = passages_of(f);

		for (u32 i = 0; list && i < list->count; i++)
			if (list->of[i].heading == heading)
				passed += list->of[i].passed;
	}
	return passed;
}

static u8 kind_of_media(const struct session_state *s)
{
	return s->s.dtls.state == DTLS_CONNECTED || s->s.ufrag_len[0] ? MEDIA_KIND_SRTP
								      : MEDIA_KIND_RTP;
}

static void impair_take(struct session_state *s, const struct drop_sum *run, enum heading heading,
			u8 kind)
{
	struct course *course = session_course(s);

	if (!course)
		return;
	course->impaired = (struct impairment){
		.from_ns = run->first_ns,
		.to_ns = run->last_ns,
		.dropped = run->count,
		.passed = passed_since(s, heading),
		.rule = course->impaired.rule,
		.where = WHERE_HERE,
		.cause = run->cause,
		.dir = heading == OUTBOUND ? MEDIA_OUT : MEDIA_IN,
		.kind = kind,
	};
}

/* Returns the heading of which most media is being dropped; HEADINGS when it is of none. */
static enum heading impaired_heading(const struct session_state *s)
{
	enum heading worst = HEADINGS;
	u32 most = IMPAIRED_PACKETS - 1;

	for (int h = 0; h < HEADINGS; h++) {
		const struct drop_sum *run = drop_run_of(s->drops, BLOCKED_MEDIA, h);

		if (run->count <= most ||
		    (u64)run->count * IMPAIRED_SHARE < run->count + passed_since(s, h))
			continue;
		most = run->count;
		worst = h;
	}
	return worst;
}

static void impair_begin(struct session_state *s, u64 from_ns, u64 now)
{
	if (s->impaired)
		return;
	s->impaired = 1;
	if (!course_withdraw(s, COURSE_RECOVERED, now > RELAPSE_NS ? now - RELAPSE_NS : 0))
		course_note(s, from_ns, COURSE_IMPAIRED);
}

/* Returns the last time that packets were dropped here, 0 if they are too few. */
static u64 impaired_here(struct session_state *s, u64 now)
{
	enum heading heading = s->drops ? impaired_heading(s) : HEADINGS;
	const struct drop_sum *run;

	if (heading == HEADINGS)
		return 0;
	run = drop_run_of(s->drops, BLOCKED_MEDIA, heading);
	if (run->last_ns < s->s.times.media)
		return 0;
	/* what was dropped until it recovered is over */
	if (run->last_ns + RECOVERED_NS > now && run->last_ns > course_recovered_ns(s)) {
		impair_take(s, run, heading, kind_of_media(s));
		impair_begin(s, run->first_ns, now);
	}
	return run->last_ns;
}

/* --- lost before it came here --- */

/* Receivers conceal less than that, and so much is no accident of one moment. */
#define LOSS_SHARE 20 /* one packet in so many, at least */
#define LOSS_PACKETS 14
#define LOSS_NS (2 * NS_PER_S)
#define LOSS_OVER_NS (5 * NS_PER_S)

void session_loss(struct session_state *s, enum heading heading, u32 lost, u32 packets, u64 now)
{
	const struct drop_sum *run = drop_run_of(s->drops, BLOCKED_MEDIA, heading);
	struct course *course;
	struct loss_window *w;

	/* what this gateway drops is missing where it should leave */
	if (run->count && run->last_ns + LOSS_OVER_NS > now)
		return;
	course = session_course(s);
	if (!course)
		return;
	w = &course->loss[heading];
	if (w->last_ns + LOSS_OVER_NS < now)
		*w = (struct loss_window){.from_ns = now};
	w->last_ns = now;
	w->lost += lost;
	w->packets += packets;
}

static bool loss_impairs(const struct loss_window *w)
{
	return w->lost >= LOSS_PACKETS && w->last_ns >= w->from_ns + LOSS_NS &&
	       (u64)w->lost * LOSS_SHARE >= (u64)w->lost + w->packets;
}

/* Returns the last time that packets were missing as they came here, 0 if they are too few. */
static u64 impaired_before(struct session_state *s, enum heading heading, u64 now)
{
	const struct loss_window *w = &session_course_of(s)->loss[heading];

	if (!loss_impairs(w))
		return 0;
	if (w->last_ns + LOSS_OVER_NS > now) {
		s->s.course->impaired = (struct impairment){
			.from_ns = w->from_ns,
			.to_ns = w->last_ns,
			.dropped = w->lost,
			.passed = w->packets,
			.rule = NO_RULE,
			/* between the host and this gateway is nowhere that has a word */
			.where = heading == INBOUND ? WHERE_UPSTREAM : WHERE_NONE,
			.dir = heading == OUTBOUND ? MEDIA_OUT : MEDIA_IN,
			.kind = kind_of_media(s),
		};
		impair_begin(s, w->from_ns, now);
	}
	return w->last_ns + LOSS_OVER_NS - RECOVERED_NS;
}

/* Drops are reported up to seconds late: while nothing passes, none being known tells nothing. */
static bool passes_again(const struct session_state *s, u64 dropped_ns)
{
	const struct impairment *i = &session_course_of(s)->impaired;
	enum heading heading = i->dir == MEDIA_OUT ? OUTBOUND : INBOUND;

	for (const struct flow *f = s->flows; f; f = f->next) {
		const struct passages *list = passages_of(f);

		for (u32 k = 0; list && k < list->count; k++)
			if (list->of[k].heading == heading && list->of[k].passed_ns > dropped_ns)
				return true;
	}
	return i->where != WHERE_HERE;
}

void session_impair(struct session_state *s, const struct verdict_context *c)
{
	u64 now = c->engine->now, last = impaired_here(s, now);

	if (!last || last + LOSS_OVER_NS < now)
		for (int h = 0; h < HEADINGS; h++)
			time_advance(&last, impaired_before(s, h, now));
	if (!s->impaired || last + RECOVERED_NS > now || c->facts->last_ns < last ||
	    !passes_again(s, last))
		return;
	s->impaired = 0;
	course_note(s, now, COURSE_RECOVERED);
}

void session_impair_by_cut(struct session_state *s, const struct verdict_context *c)
{
	struct course *course;
	const struct drop_sum *run;

	s->impaired = 0;
	if (s->s.where == WHERE_HERE && s->blamed < BLOCKED_KINDS) {
		run = drop_run_of(s->drops, s->blamed, s->cut_heading);
		impair_take(s, run, s->cut_heading,
			    s->blamed == BLOCKED_MEDIA ? kind_of_media(s) : MEDIA_KIND_ALL);
		return;
	}
	course = session_course(s);
	if (!course)
		return;
	course->impaired = (struct impairment){
		.from_ns = course->decisive_ns ? course->decisive_ns : course->cut_ns,
		.to_ns = c->engine->now,
		.rule = NO_RULE,
		.where = s->s.where,
		.cause = s->s.cause,
		.dir = s->cut_heading == OUTBOUND ? MEDIA_OUT : MEDIA_IN,
		.kind = MEDIA_KIND_ALL,
	};
}
