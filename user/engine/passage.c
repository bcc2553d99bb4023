/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>

#include "engine/metrics.h"
#include "engine/passage.h"
#include "engine/session.h"
#include "engine/state.h"
#include "p2pscope/stream.h"
#include "util/time.h"

const struct passages *passages_of(const struct flow *f)
{
	return flow_more(f)->passages;
}

/* Makes room for `count` streams of a flow. Returns NULL when memory is out. */
static struct passages *passages_grow(struct flow *f, u32 count)
{
	struct flow_more *more = flow_more_get(f);
	struct passages *grown;

	if (!more)
		return NULL;
	grown = realloc(more->passages, sizeof(*grown) + count * sizeof(grown->of[0]));
	if (!grown)
		return NULL;
	if (!more->passages)
		grown->count = 0;
	more->passages = grown;
	return grown;
}

/* Returns the stream whose packets came longest ago. */
static struct stream_passage *passage_oldest(struct passages *list)
{
	struct stream_passage *oldest = list->of;

	for (u32 i = 1; i < list->count; i++)
		if (list->of[i].came_ns < oldest->came_ns)
			oldest = &list->of[i];
	return oldest;
}

static struct stream_passage *passage_new(struct engine *e, struct flow *f)
{
	struct passages *list = f->more->passages;

	if (list->count == PASSAGES) {
		e->metrics->bounds_reached[BOUND_STREAMS]++;
		return passage_oldest(list);
	}
	list = passages_grow(f, list->count + 1);
	return list ? &list->of[list->count++] : NULL;
}

/* Returns a stream of a flow whose streams are followed; NULL when memory is out. */
static struct stream_passage *passage_of(struct engine *e, struct flow *f, enum heading heading,
					 u32 ssrc)
{
	struct passages *list = f->more->passages;
	struct stream_passage *p;

	for (u32 i = 0; i < list->count; i++)
		if (list->of[i].ssrc == ssrc && list->of[i].heading == heading)
			return &list->of[i];
	p = passage_new(e, f);
	if (p)
		*p = (struct stream_passage){.ssrc = ssrc, .heading = heading, .first_ns = e->now};
	return p;
}

/* What was seen of a stream before it was followed has passed, as far as is known. */
static void passage_take_up(struct engine *e, struct flow *f, enum heading heading,
			    const struct leg_stream *ls)
{
	struct stream_passage *p = passage_of(e, f, heading, ls->ssrc);

	if (!p)
		return;
	p->came_ns = p->passed_ns = ls->last_ns;
}

void passages_begin(struct engine *e, struct flow *f)
{
	struct flow *inside = flow_inside(f);

	if (flow_more(inside)->passages || !passages_grow(inside, 0))
		return;
	for (int h = 0; h < HEADINGS; h++) {
		const struct leg_inside *leg = leg_inside(inside, h);

		for (u32 i = 0; i < leg->nstreams; i++)
			passage_take_up(e, inside, h, &leg->stream[i]);
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

/* A sender that pauses for longer has not sent what would have had to pass. */
#define PAUSE_NS (2 * NS_PER_S)

static void passage_came(struct stream_passage *p, const struct stream *st, u64 sampled_each_ns)
{
	if (p->came_ns && st->last_ns > p->came_ns + PAUSE_NS + sampled_each_ns)
		p->resumed_ns = st->last_ns;
	if (!p->came_known) {
		p->came_known = 1;
		p->came_base = (u32)st->packets;
	}
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
	const struct drop_sum *d = drops_of(flow_more(f)->drops, BLOCKED_MEDIA);

	if (!f->twin)
		return heading == INBOUND || d->cause == CAUSE_TC;
	return d->cause == CAUSE_TC ||
	       (heading == OUTBOUND && !endpoint_equal(flow_local(f), flow_local(f->twin)));
}

/* The record is a new one: what was counted before is no base for it. */
static void passage_begin_anew(struct stream_passage *p)
{
	p->came_known = p->passed_known = 0;
	p->came = p->passed = p->came_before = 0;
	p->dropped[0] = p->dropped[1] = 0;
}

/* Returns whether the record counts less than it did. */
static bool is_record_new(const struct stream_passage *p, struct flow *f, const struct stream *st,
			  const struct stream_rare *rare)
{
	u32 packets = (u32)st->packets;

	return rare->dropped < p->dropped[flow_inside(f) != f] ||
	       (p->came_known && is_way_in(f, p->heading) && packets < p->came_base + p->came) ||
	       (p->passed_known && is_way_out(f, p->heading) &&
		packets < p->passed_base + p->passed);
}

static void passage_sample(const struct engine *e, struct flow *f, struct stream_passage *p,
			   const struct stream *st, const struct stream_rare *rare)
{
	bool far = flow_inside(f) != f;
	u32 dropped;

	if (is_record_new(p, f, st, rare))
		passage_begin_anew(p);
	dropped = rare->dropped - p->dropped[far];
	/* where nothing is translated both flows count the same packet */
	if (!far || !endpoint_equal(flow_local(f), flow_local(f->twin)))
		p->dropped[far] = rare->dropped;
	if (is_way_in(f, p->heading))
		passage_came(p, st, e->sampled_each_ns);
	if (is_way_out(f, p->heading))
		passage_passed(p, st, is_dropped_behind(f, p->heading) ? dropped : 0);
}

void passages_sample(struct engine *e, struct flow *f, enum heading heading,
		     const struct flow_dir *d)
{
	struct flow *inside = flow_inside(f);

	if (!flow_more(inside)->passages && !e->sees_drops && inside->session)
		passages_grow(inside, 0);
	if (!flow_more(inside)->passages)
		return;
	for (u32 i = 0; i < FLOW_STREAMS; i++) {
		const struct stream *st = &d->stream[i];
		struct stream_passage *p =
			st->valid ? passage_of(e, inside, heading, st->ssrc) : NULL;

		if (p)
			passage_sample(e, f, p, st, &d->rare[i]);
	}
}

u64 passage_stopped_ns(const struct stream_passage *p)
{
	u64 since = p->passed_ns ? p->passed_ns : p->first_ns;

	time_advance(&since, p->resumed_ns);
	return since;
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
