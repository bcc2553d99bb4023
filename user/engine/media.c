/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The counters of the flow records come in here; media of a session are added up out of its flows. */
#include "engine/state.h"

static void later(u64 *at, u64 than)
{
	if (than > *at)
		*at = than;
}

static u32 stream_lost(const struct stream *st)
{
	u32 expected = st->max_seq - st->first_seq + 1;

	return expected > st->packets ? expected - st->packets : 0;
}

/* What came since the last sample goes to the metrics, once a packet: at the side where the host is. */
static void count_media(struct engine *e, const struct eflow *f, const struct stream *old, const struct stream *new)
{
	u32 lost_before = old->ssrc == new->ssrc && old->valid ? stream_lost(old) : 0, lost = stream_lost(new);
	u64 bytes_before = old->ssrc == new->ssrc && old->valid ? old->bytes : 0;
	bool tcp = f->key.proto == PROTO_TCP;

	if (new->bytes > bytes_before)
		e->metrics.media_bytes[f->key.relayed][tcp] += new->bytes - bytes_before;
	if (lost > lost_before)
		e->metrics.rtp_lost += lost - lost_before;
}

/*
 * Packets that no counter names. An answer may come twice, of which the second is counted nowhere. Toward a TURN server it
 * may be ChannelData: that is another flow's.
 */
static u64 opaque_of(const struct eflow *f, const struct flow_dir *d)
{
	u64 named = (u64)d->requests + 2ull * d->successes + d->errors + d->rtcp_packets + d->dtls_packets +
		    d->data_packets + d->rtp_packets + d->told[STUN_BINDING];

	return f->alloc.granted_ns || d->packets < named ? 0 : d->packets - named;
}

static void leg_sample(struct engine *e, struct eflow *f, enum heading heading, const struct flow_dir *d)
{
	struct leg *leg = &f->leg[heading];

	leg->packets = d->packets;
	leg->rtp_packets = d->rtp_packets;
	leg->rtcp_packets = d->rtcp_packets;
	leg->data_packets = d->data_packets;
	leg->opaque = opaque_of(f, d);
	leg->dtls_seen |= d->dtls_seen;
	if (d->requests > leg->requests)
		leg->requests = d->requests;
	if (d->successes > leg->successes)
		leg->successes = d->successes;
	if (d->hellos > leg->hellos)
		leg->hellos = d->hellos;
	later(&leg->request_ns, d->request_ns);
	later(&leg->success_ns, d->success_ns);
	later(&leg->media_ns, d->media_ns);
	later(&leg->data_ns, d->data_ns);
	later(&leg->last_ns, d->last_ns);
	later(&f->last_ns, d->last_ns);
	for (int i = 0; i < FLOW_STREAMS; i++) {
		if (!d->stream[i].valid)
			continue;
		if (flow_inside(f) == f)
			count_media(e, f, &leg->stream[i], &d->stream[i]);
		leg->stream[i] = d->stream[i];
	}
}

static bool speaks(const struct leg *leg)
{
	return leg->rtp_packets || leg->data_packets;
}

static u64 media_of(const struct leg *leg)
{
	return leg->rtp_packets + leg->data_packets + leg->opaque;
}

static void pair_sample(struct session_state *s, struct eflow *f, const struct flow_record *record)
{
	struct pair *p = flow_inside(f) == f ? session_pair(s, f) : NULL;
	u8 outward = f->side == SIDE_LAN ? DIR_IN : DIR_OUT;

	if (!p)
		return;
	p->checks_out = f->leg[OUTWARD].requests;
	p->checks_in = f->leg[INWARD].requests;
	p->answers_in = f->leg[INWARD].successes;
	p->answers_out = f->leg[OUTWARD].successes;
	p->media = media_of(&f->leg[OUTWARD]) + media_of(&f->leg[INWARD]);
	p->both_speak = speaks(&f->leg[OUTWARD]) && speaks(&f->leg[INWARD]);
	pair_settle(p);
	if (record->dir[!outward].rtt_us)
		p->rtt_us = record->dir[!outward].rtt_us;
}

void media_sample(struct engine *e, struct eflow *f, const struct flow_record *record)
{
	tls_sample(e, f, record);
	for (u8 dir = 0; dir < DIR_MAX; dir++)
		leg_sample(e, f, engine_heading(f->side, dir), &record->dir[dir]);
	if (!f->session)
		return;
	pair_sample(f->session, f, record);
	later(&f->session->s.times.last, f->last_ns);
}

static struct media_view *media_slot(struct session *s, u32 ssrc, enum media_dir dir, bool data)
{
	struct media_view *grown, *m;

	for (u32 i = 0; i < s->nmedia; i++)
		if (s->media[i].ssrc == ssrc && s->media[i].dir == dir && s->media[i].data == data)
			return &s->media[i];
	grown = s->nmedia < SESSION_MEDIA ? realloc(s->media, (s->nmedia + 1) * sizeof(*grown)) : NULL;
	if (!grown)
		return NULL;
	s->media = grown;
	m = &grown[s->nmedia++];
	*m = (struct media_view){.ssrc = ssrc, .dir = dir, .data = data};
	return m;
}

static void collect_leg(struct session *s, const struct leg *leg, enum media_dir dir, bool encrypted)
{
	struct media_view *m;

	for (int i = 0; i < FLOW_STREAMS; i++) {
		const struct stream *st = &leg->stream[i];

		m = st->valid ? media_slot(s, st->ssrc, dir, false) : NULL;
		if (!m)
			continue;
		m->packets += st->packets;
		m->bytes += st->bytes;
		m->lost += stream_lost(st);
		m->payload_type = st->payload_type;
		m->encrypted = encrypted;
	}
	m = leg->data_packets ? media_slot(s, 0, dir, true) : NULL;
	if (m) {
		m->packets += leg->data_packets;
		m->encrypted = true;
	}
}

void media_collect(struct session_state *s)
{
	bool encrypted = s->s.dtls.state == DTLS_CONNECTED || s->s.ufrags[0].len;

	s->s.nmedia = 0;
	for (struct eflow *f = s->flows; f; f = f->next) {
		if (flow_inside(f) != f || flow_is_stray(f, s->lan))
			continue;
		collect_leg(&s->s, &f->leg[OUTWARD], MEDIA_OUT, encrypted);
		collect_leg(&s->s, &f->leg[INWARD], MEDIA_IN, encrypted);
	}
}
