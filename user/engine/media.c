/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The counters of flow records, and the media of a session as the sum over its flows. */
#include <stdlib.h>

#include "engine/cover.h"
#include "engine/flow.h"
#include "engine/media.h"
#include "engine/pair.h"
#include "engine/passage.h"
#include "engine/restart.h"
#include "engine/session_anonymous.h"
#include "engine/session_evidence.h"
#include "engine/session_schedule.h"
#include "engine/state.h"
#include "engine/streams.h"
#include "engine/tls.h"
#include "p2pscope/stream.h"
#include "util/time.h"

/*
 * Returns the packets that no counter names. Answers count twice, as a repeated one is counted
 * nowhere. Toward a TURN server the rest may be ChannelData, which belongs to another flow.
 */
static u64 opaque_of(const struct flow *f, const struct flow_dir *d)
{
	u64 named = (u64)d->requests + 2ull * d->successes + d->errors + d->rtcp_packets +
		    d->dtls_packets + d->data_packets + d->rtp_packets + d->turn_seen[STUN_BINDING];

	return flow_more(f)->alloc.granted_ns || d->packets < named ? 0 : d->packets - named;
}

/*
 * Returns whether the sample shows something new, besides times and amounts, for a verdict to rest
 * on.
 */
static bool leg_is_news(const struct leg *leg, const struct flow_dir *d, u64 rtp_packets)
{
	return d->dtls_seen & ~leg->dtls_seen || !leg->rtp != !rtp_packets ||
	       !leg->rtcp != !d->rtcp_packets || (!leg->success_ns && d->success_ns);
}

static void inside_sample(const struct flow *f, struct leg_inside *leg, const struct flow_dir *d,
			  u64 rtp_packets, u64 media_ns, u64 last_ns)
{
	leg->rtp_packets = (u32)rtp_packets;
	leg->data_packets = d->data_packets;
	leg->opaque = (u32)opaque_of(f, d);
	if (d->successes > leg->successes)
		leg->successes = d->successes;
	if (d->hellos > leg->hellos)
		leg->hellos = d->hellos;
	time_advance(&leg->media_ns, media_ns);
	time_advance(&leg->data_ns, d->data_ns);
	time_advance(&leg->rtcp_ns, d->rtcp_ns);
	time_advance(&leg->last_ns, last_ns);
}

static void leg_count_requests(struct engine *e, struct flow *f, enum heading heading,
			       const struct flow_dir *d)
{
	struct leg *leg = &f->leg[heading];
	u32 before = leg->requests;

	if (d->requests <= before)
		return;
	leg->requests = d->requests;
	if ((heading == OUTBOUND) == (f->side == SIDE_LAN))
		flow_cover(e, f, before, d->request_ns);
}

static void leg_sample(struct engine *e, struct flow *f, enum heading heading,
		       const struct flow_dir *d)
{
	u64 packets = stream_packets(d), media_ns = flow_media_ns(d), last_ns = d->last_ns;
	struct leg_inside *inside = leg_inside_get(f, heading);
	struct leg *leg = &f->leg[heading];

	time_advance(&last_ns, media_ns);
	if (f->session && leg_is_news(leg, d, d->rtp_packets + packets))
		session_review_soon(e, f->session);
	leg->passed = d->packets + packets > 0;
	leg->rtp = d->rtp_packets + packets > 0;
	leg->rtcp = d->rtcp_packets > 0;
	leg->dtls_seen |= d->dtls_seen;
	leg_count_requests(e, f, heading, d);
	time_advance(&leg->request_ns, d->request_ns);
	time_advance(&leg->success_ns, d->success_ns);
	time_advance(&f->last_ns, last_ns);
	passages_sample(e, f, heading, d);
	if (!inside)
		return;
	inside_sample(f, inside, d, d->rtp_packets + packets, media_ns, last_ns);
	streams_sample(e, f, heading, d);
}

static bool leg_speaks(const struct leg_inside *leg)
{
	return leg->rtp_packets || leg->data_packets;
}

static u64 leg_media(const struct leg_inside *leg)
{
	return (u64)leg->rtp_packets + leg->data_packets + leg->opaque;
}

static void pair_sample(struct engine *e, struct session_state *s, struct flow *f,
			const struct flow_record *record)
{
	const struct leg_inside *out = leg_inside(f, OUTBOUND), *in = leg_inside(f, INBOUND);
	struct pair *p = flow_inside(f) == f ? session_pair(s, f) : NULL;
	u8 outbound = f->side == SIDE_LAN ? DIR_IN : DIR_OUT, state;

	if (!p)
		return;
	state = p->state;
	p->checks_out = f->leg[OUTBOUND].requests;
	p->checks_in = f->leg[INBOUND].requests;
	p->answers_in = in->successes;
	p->answers_out = out->successes;
	p->media = leg_media(out) + leg_media(in);
	p->both_speak = leg_speaks(out) && leg_speaks(in);
	pair_settle(p);
	if (p->state != state)
		session_review_soon(e, s);
	if (record->dir[!outbound].rtt_us)
		p->rtt_us = record->dir[!outbound].rtt_us;
	if (record->dir[outbound].rtt_us)
		p->rtt_lan_us = record->dir[outbound].rtt_us;
}

void media_sample(struct engine *e, struct flow *f, const struct flow_record *record)
{
	f->carries |= record->carries;
	tls_sample(e, f, record);
	for (u8 dir = 0; dir < DIR_MAX; dir++)
		leg_sample(e, f, engine_heading(f->side, dir), &record->dir[dir]);
	if (!f->session)
		return;
	pair_sample(e, f->session, f, record);
	time_advance(&f->session->s.times.last, f->last_ns);
}

static void rtp_seen(struct leg_inside *leg, u64 now)
{
	leg->media_ns = now;
	if (!leg->media_first_ns)
		leg->media_first_ns = now;
	if (!leg->rtp_first_ns)
		leg->rtp_first_ns = now;
}

void stream_event(struct engine *e, struct flow *f, const struct event *event)
{
	enum heading heading = engine_heading(f->side, event->dir);
	struct leg_inside *inside = leg_inside_get(f, heading);
	struct session_state *s = session_without_ufrags(e, f, event->time_ns);

	if (s && !s->s.ufrag_len[0])
		session_stage(s, STAGE_CONNECTED);
	f->leg[heading].rtp = 1;
	if (inside)
		rtp_seen(inside, event->time_ns);
	if (s && flow_meets_first(f, event->dir))
		session_say(s, event->time_ns, engine_at(f->side, event->dir), EVIDENCE_RTP_STREAM,
			    event->stream.ssrc, heading == OUTBOUND ? "from" : "to");
	restart_stream(e, f, event);
}

static struct media_view *media_slot(struct session *s, u32 ssrc, enum media_dir dir, bool data)
{
	struct media_view *grown, *m;

	for (u32 i = 0; i < s->nmedia; i++)
		if (s->media[i].ssrc == ssrc && s->media[i].dir == dir && s->media[i].data == data)
			return &s->media[i];
	grown = s->nmedia < SESSION_MEDIA ? realloc(s->media, (s->nmedia + 1) * sizeof(*grown))
					  : NULL;
	if (!grown)
		return NULL;
	s->media = grown;
	m = &grown[s->nmedia++];
	*m = (struct media_view){.ssrc = ssrc, .dir = dir, .data = data};
	return m;
}

/* The clock and the jitter are those of the path that carried the stream last. */
static void media_add_stream(struct media_view *m, const struct leg_stream *ls)
{
	m->packets += ls->packets;
	m->bytes += ls->bytes;
	m->lost += stream_lost(ls);
	m->duplicates += ls->duplicates;
	m->reordered += ls->reordered;
	m->freezes += ls->freezes;
	time_advance(&m->longest_gap_ns, stream_ns(ls->longest_gap));
	m->rate_bytes += ls->bytes - ls->first_bytes;
	m->rate_ns += ls->last_ns - ls->first_ns;
	m->payload_type = ls->payload_type;
	if (ls->bare)
		m->encryption = ENCRYPTION_NONE;
	if (ls->last_ns < m->last_ns)
		return;
	m->last_ns = ls->last_ns;
	m->clock_rate = stream_clock_rate(ls->tick);
	m->jitter_known = ls->jitter_known;
	m->jitter_ns = stream_jitter_ns(ls->jitter);
}

/* What was dropped here; a stream of which nothing passed is told, too. */
static void media_collect_passages(struct session *s, const struct flow *f)
{
	const struct passages *list = passages_of(f);

	for (u32 i = 0; list && i < list->count; i++) {
		const struct stream_passage *p = &list->of[i];
		u32 lost = passage_lost_here(p);
		struct media_view *m =
			lost ? media_slot(s, p->ssrc, p->heading == OUTBOUND ? MEDIA_OUT : MEDIA_IN,
					  false)
			     : NULL;

		if (!m)
			continue;
		m->lost_here += lost;
		/* what came in and was dropped is missing where it should have left */
		if (m->dir == MEDIA_IN && f->twin)
			m->lost -= m->lost < lost ? m->lost : lost;
	}
}

static void media_collect_leg(struct session *s, const struct leg_inside *leg, enum media_dir dir)
{
	struct media_view *m;

	for (u32 i = 0; i < leg->nstreams; i++) {
		m = media_slot(s, leg->stream[i].ssrc, dir, false);
		if (m)
			media_add_stream(m, &leg->stream[i]);
	}
	m = leg->data_packets ? media_slot(s, 0, dir, true) : NULL;
	if (m)
		m->packets += leg->data_packets;
}

u8 session_encryption(const struct session *s)
{
	if (s->dtls.state == DTLS_CONNECTED)
		return s->dtls.srtp_profile == 5 || s->dtls.srtp_profile == 6 ? ENCRYPTION_NONE
									      : ENCRYPTION_SEEN;
	return s->ufrag_len[0] ? ENCRYPTION_EXPECTED : ENCRYPTION_UNKNOWN;
}

/* RTP that goes one way for longer than a mere receiver takes to report (cause_media.c). */
#define ONE_WAY_NS (7500 * NS_PER_MS)

/* RTP of one heading: its first stream, and its last packet; and the last report. */
struct rtp_times {
	u64 first_ns, last_ns, rtcp_ns;
};

static void rtp_times_add(struct rtp_times *t, const struct leg_inside *leg)
{
	if (leg->rtp_first_ns && (!t->first_ns || leg->rtp_first_ns < t->first_ns))
		t->first_ns = leg->rtp_first_ns;
	time_advance(&t->last_ns, leg->media_ns);
	time_advance(&t->rtcp_ns, leg->rtcp_ns);
}

/*
 * Who reports on a stream hears it, and sends none: a subscriber, or the server of a publisher (RFC
 * 3550 section 6.4.2).
 */
static bool rtp_is_one_way(const struct rtp_times *this, const struct rtp_times *other)
{
	return this->first_ns && !other->last_ns && !other->rtcp_ns &&
	       this->last_ns >= this->first_ns + ONE_WAY_NS;
}

void media_collect(const struct engine *e, struct session_state *s)
{
	u8 encryption = session_encryption(&s->s);
	struct rtp_times times[HEADINGS] = {0};

	s->s.nmedia = 0;
	for (struct flow *f = s->flows; f; f = f->next) {
		if (flow_inside(f) != f || flow_is_stray(f, s->lan))
			continue;
		for (int heading = 0; heading < HEADINGS; heading++) {
			media_collect_leg(&s->s, leg_inside(f, heading),
					  heading == OUTBOUND ? MEDIA_OUT : MEDIA_IN);
			rtp_times_add(&times[heading], leg_inside(f, heading));
		}
		media_collect_passages(&s->s, f);
	}
	for (size_t i = 0; i < s->s.nmedia; i++) {
		struct media_view *m = &s->s.media[i];
		enum heading heading = m->dir == MEDIA_OUT ? OUTBOUND : INBOUND;

		if (!m->encryption)
			m->encryption = encryption;
		m->one_way = rtp_is_one_way(&times[heading], &times[!heading]);
		m->stopped = !s->s.over && !m->data && m->last_ns + STREAM_STOPPED_NS < e->now;
	}
}
