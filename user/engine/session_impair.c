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

static void impair_begin(struct session_state *s, const struct drop_sum *run, u64 now)
{
	if (s->impaired)
		return;
	s->impaired = 1;
	if (!course_withdraw(s, COURSE_RECOVERED, now > RELAPSE_NS ? now - RELAPSE_NS : 0))
		course_note(s, run->first_ns, COURSE_IMPAIRED);
}

void session_impair(struct session_state *s, const struct verdict_context *c)
{
	enum heading heading = s->drops ? impaired_heading(s) : HEADINGS;
	const struct drop_sum *run;

	if (heading == HEADINGS)
		return;
	run = drop_run_of(s->drops, BLOCKED_MEDIA, heading);
	if (run->last_ns < s->s.times.media)
		return;
	if (run->last_ns + RECOVERED_NS > c->engine->now) {
		impair_take(s, run, heading, kind_of_media(s));
		impair_begin(s, run, c->engine->now);
	} else if (s->impaired && c->facts->last_ns > run->last_ns + RECOVERED_NS / 2) {
		s->impaired = 0;
		course_note(s, c->engine->now, COURSE_RECOVERED);
	}
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
		.from_ns = s->decisive_ns ? s->decisive_ns : s->cut_ns,
		.to_ns = c->engine->now,
		.rule = NO_RULE,
		.where = s->s.where,
		.cause = s->s.cause,
		.dir = s->cut_heading == OUTBOUND ? MEDIA_OUT : MEDIA_IN,
		.kind = MEDIA_KIND_ALL,
	};
}
