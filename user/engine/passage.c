/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>

#include "engine/passage.h"
#include "engine/session.h"
#include "engine/state.h"
#include "p2pscope/stream.h"
#include "util/time.h"

const struct passages *passages_of(const struct flow *f)
{
	return flow_more(f)->passages;
}

static struct passages *passages_get(struct flow *f)
{
	struct flow_more *more = flow_more_get(f);

	if (more && !more->passages)
		more->passages = calloc(1, sizeof(*more->passages));
	return more ? more->passages : NULL;
}

/* Returns the stream whose packets came longest ago. */
static struct stream_passage *passage_oldest(struct passages *list)
{
	struct stream_passage *oldest = list->of;

	for (u32 i = 1; i < PASSAGES; i++)
		if (list->of[i].came_ns < oldest->came_ns)
			oldest = &list->of[i];
	return oldest;
}

static struct stream_passage *passage_of(struct passages *list, enum heading heading, u32 ssrc,
					 u64 now)
{
	struct stream_passage *p;

	for (u32 i = 0; i < list->count; i++)
		if (list->of[i].ssrc == ssrc && list->of[i].heading == heading)
			return &list->of[i];
	p = list->count < PASSAGES ? &list->of[list->count++] : passage_oldest(list);
	*p = (struct stream_passage){.ssrc = ssrc, .heading = heading, .first_ns = now};
	return p;
}

/* What was seen of a stream before it was followed has passed, as far as is known. */
static void passage_take_up(struct passages *list, enum heading heading,
			    const struct leg_stream *ls, u64 now)
{
	struct stream_passage *p = passage_of(list, heading, ls->ssrc, now);

	p->came_ns = p->passed_ns = ls->last_ns;
	p->came_base = (u32)ls->packets;
}

void passages_begin(struct engine *e, struct flow *f)
{
	struct flow *inside = flow_inside(f);
	struct passages *list;

	if (flow_more(inside)->passages)
		return;
	list = passages_get(inside);
	for (int h = 0; list && h < HEADINGS; h++) {
		const struct leg_inside *leg = leg_inside(inside, h);

		for (u32 i = 0; i < leg->nstreams; i++)
			passage_take_up(list, h, &leg->stream[i], e->now);
	}
}

/* Where packets of this heading come in, and where they leave, as seen from this flow. */
static bool is_way_in(const struct flow *f, enum heading heading)
{
	return (f->side == SIDE_LAN) == (heading == OUTBOUND) || (!f->twin && f->side == SIDE_WAN);
}

static bool is_way_out(const struct flow *f, enum heading heading)
{
	return (f->side == SIDE_LAN) != (heading == OUTBOUND) || (!f->twin && f->side == SIDE_WAN);
}

static void passage_came(struct stream_passage *p, const struct stream *st)
{
	p->came = (u32)st->packets - p->came_base;
	time_advance(&p->came_ns, st->last_ns);
}

/*
 * A packet that is dropped behind the point at which it was seen last (by a queue, by tc, by this
 * host itself) has not passed.
 */
static void passage_passed(struct stream_passage *p, const struct stream *st, u32 dropped_behind)
{
	u32 before = p->passed, count;
	bool first = !p->passed_known;

	if (first) {
		p->passed_known = 1;
		p->passed_base = (u32)st->packets;
	}
	count = (u32)st->packets - p->passed_base;
	p->passed = count;
	if (count <= before + dropped_behind && dropped_behind)
		return;
	/* the time alone proves nothing: that of the same packet moves as the clock is adjusted */
	if (st->last_ns > p->passed_ns && (first || count != before)) {
		p->passed_ns = st->last_ns;
		p->came_before = p->came;
	}
}

/* Drops at the flow where the packets leave are behind that point if NAT has made it another. */
static bool is_dropped_behind(const struct flow *f, enum heading heading)
{
	const struct drop_sum *d = drop_run_of(flow_more(f)->drops, BLOCKED_MEDIA, heading);

	if (!f->twin)
		return heading == INBOUND || d->cause == CAUSE_TC;
	return d->cause == CAUSE_TC ||
	       (heading == OUTBOUND && !endpoint_equal(flow_local(f), flow_local(f->twin)));
}

static void passage_sample(struct flow *f, struct stream_passage *p, const struct stream *st,
			   const struct stream_rare *rare)
{
	bool far = flow_inside(f) != f;
	u32 dropped = rare->dropped - p->dropped[far];

	/* where nothing is translated both flows count the same packet */
	if (!far || !endpoint_equal(flow_local(f), flow_local(f->twin)))
		p->dropped[far] = rare->dropped;
	if (is_way_in(f, p->heading))
		passage_came(p, st);
	if (is_way_out(f, p->heading))
		passage_passed(p, st, is_dropped_behind(f, p->heading) ? dropped : 0);
}

void passages_sample(struct engine *e, struct flow *f, enum heading heading,
		     const struct flow_dir *d)
{
	struct flow *inside = flow_inside(f);
	struct passages *list = flow_more(inside)->passages;

	if (!list && !e->sees_drops && inside->session)
		list = passages_get(inside);
	for (u32 i = 0; list && i < FLOW_STREAMS; i++) {
		const struct stream *st = &d->stream[i];

		if (st->valid)
			passage_sample(f, passage_of(list, heading, st->ssrc, e->now), st,
				       &d->rare[i]);
	}
}

u64 passage_stopped_ns(const struct stream_passage *p)
{
	return p->passed_ns ? p->passed_ns : p->first_ns;
}

bool passage_is_stopped(const struct stream_passage *p)
{
	u32 count = p->came - p->came_before;
	u64 since = passage_stopped_ns(p);

	if (!p->passed_ns && count >= PASSAGE_NEVER_PACKETS &&
	    p->came_ns >= since + PASSAGE_NEVER_NS)
		return true;
	return count >= PASSAGE_PACKETS && p->came_ns >= since + PASSAGE_STOPPED_NS;
}

u32 passage_lost_here(const struct stream_passage *p)
{
	u32 dropped = p->dropped[0] + p->dropped[1];

	if (dropped)
		return dropped;
	return passage_is_stopped(p) ? p->came - p->came_before : 0;
}
