/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The counters of the flow records come in here; media of a session are added up out of its flows.
 */
#include "engine/state.h"
#include "p2pscope/stream.h"

static void later(u64 *at, u64 than)
{
	if (than > *at)
		*at = than;
}

/*
 * Packets that no counter names. An answer may come twice, of which the second is counted nowhere.
 * Toward a TURN server it may be ChannelData: that is another flow's.
 */
static u64 opaque_of(const struct flow *f, const struct flow_dir *d)
{
	u64 named = (u64)d->requests + 2ull * d->successes + d->errors + d->rtcp_packets +
		    d->dtls_packets + d->data_packets + d->rtp_packets + d->turn_seen[STUN_BINDING];

	return flow_more(f)->alloc.granted_ns || d->packets < named ? 0 : d->packets - named;
}

/* What a verdict may rest on besides times and amounts. */
static bool is_news(const struct leg *leg, const struct flow_dir *d, u64 rtp_packets)
{
	return d->dtls_seen & ~leg->dtls_seen || !leg->rtp != !rtp_packets ||
	       !leg->rtcp != !d->rtcp_packets || (!leg->success_ns && d->success_ns);
}

static void inside_sample(const struct flow *f, struct leg_inside *leg, const struct flow_dir *d,
			  u64 rtp_packets, u64 media_ns, u64 last_ns)
{
	leg->rtp_packets = rtp_packets;
	leg->data_packets = d->data_packets;
	leg->opaque = opaque_of(f, d);
	if (d->successes > leg->successes)
		leg->successes = d->successes;
	if (d->hellos > leg->hellos)
		leg->hellos = d->hellos;
	later(&leg->media_ns, media_ns);
	later(&leg->data_ns, d->data_ns);
	later(&leg->last_ns, last_ns);
}

static void leg_sample(struct engine *e, struct flow *f, enum heading heading,
		       const struct flow_dir *d)
{
	u64 packets = stream_packets(d), media_ns = flow_media_ns(d), last_ns = d->last_ns;
	struct leg_inside *inside = leg_inside_get(f, heading);
	struct leg *leg = &f->leg[heading];

	later(&last_ns, media_ns);
	if (f->session && is_news(leg, d, d->rtp_packets + packets))
		session_review_soon(e, f->session);
	leg->passed = d->packets + packets > 0;
	leg->rtp = d->rtp_packets + packets > 0;
	leg->rtcp = d->rtcp_packets > 0;
	leg->dtls_seen |= d->dtls_seen;
	if (d->requests > leg->requests)
		leg->requests = d->requests;
	later(&leg->request_ns, d->request_ns);
	later(&leg->success_ns, d->success_ns);
	later(&f->last_ns, last_ns);
	if (!inside)
		return;
	inside_sample(f, inside, d, d->rtp_packets + packets, media_ns, last_ns);
	streams_sample(e, f, heading, d);
}

static bool speaks(const struct leg_inside *leg)
{
	return leg->rtp_packets || leg->data_packets;
}

static u64 media_of(const struct leg_inside *leg)
{
	return leg->rtp_packets + leg->data_packets + leg->opaque;
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
	p->media = media_of(out) + media_of(in);
	p->both_speak = speaks(out) && speaks(in);
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
	tls_sample(e, f, record);
	for (u8 dir = 0; dir < DIR_MAX; dir++)
		leg_sample(e, f, engine_heading(f->side, dir), &record->dir[dir]);
	if (!f->session)
		return;
	pair_sample(e, f->session, f, record);
	later(&f->session->s.times.last, f->last_ns);
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
static void add_stream(struct media_view *m, const struct leg_stream *ls)
{
	m->packets += ls->packets;
	m->bytes += ls->bytes;
	m->lost += stream_lost(ls);
	m->duplicates += ls->duplicates;
	m->reordered += ls->reordered;
	m->freezes += ls->freezes;
	later(&m->longest_gap_ns, stream_ns(ls->longest_gap));
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

static void collect_leg(struct session *s, const struct leg_inside *leg, enum media_dir dir)
{
	struct media_view *m;

	for (u32 i = 0; i < leg->nstreams; i++) {
		m = media_slot(s, leg->stream[i].ssrc, dir, false);
		if (m)
			add_stream(m, &leg->stream[i]);
	}
	m = leg->data_packets ? media_slot(s, 0, dir, true) : NULL;
	if (m)
		m->packets += leg->data_packets;
}

/* What the session says of its media; SRTP_NULL_* authenticates only (RFC 5764 section 4.1.2). */
static u8 encryption_of(const struct session *s)
{
	if (s->dtls.state == DTLS_CONNECTED)
		return s->dtls.srtp_profile == 5 || s->dtls.srtp_profile == 6 ? ENCRYPTION_NONE
									      : ENCRYPTION_SEEN;
	return s->ufrag_len[0] ? ENCRYPTION_EXPECTED : ENCRYPTION_UNKNOWN;
}

/* RTP goes one way for longer than a receiver that sends none takes to report (cause_media.c). */
#define ONE_WAY_NS (7500 * NS_PER_MS)

/* RTP of one heading: its first stream, and its last packet. */
struct rtp_times {
	u64 first_ns, last_ns;
};

static void add_times(struct rtp_times *t, const struct leg_inside *leg)
{
	if (leg->rtp_first_ns && (!t->first_ns || leg->rtp_first_ns < t->first_ns))
		t->first_ns = leg->rtp_first_ns;
	later(&t->last_ns, leg->media_ns);
}

static bool goes_alone(const struct rtp_times *this, const struct rtp_times *other)
{
	return this->first_ns && !other->last_ns && this->last_ns >= this->first_ns + ONE_WAY_NS;
}

void media_collect(struct session_state *s)
{
	u8 encryption = encryption_of(&s->s);
	struct rtp_times times[HEADINGS] = {0};

	s->s.nmedia = 0;
	for (struct flow *f = s->flows; f; f = f->next) {
		if (flow_inside(f) != f || flow_is_stray(f, s->lan))
			continue;
		for (int heading = 0; heading < HEADINGS; heading++) {
			collect_leg(&s->s, leg_inside(f, heading),
				    heading == OUTBOUND ? MEDIA_OUT : MEDIA_IN);
			add_times(&times[heading], leg_inside(f, heading));
		}
	}
	for (size_t i = 0; i < s->s.nmedia; i++) {
		struct media_view *m = &s->s.media[i];
		enum heading heading = m->dir == MEDIA_OUT ? OUTBOUND : INBOUND;

		if (!m->encryption)
			m->encryption = encryption;
		m->one_way = goes_alone(&times[heading], &times[!heading]);
	}
}
