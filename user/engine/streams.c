/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RTP streams, as samples of their flow show them. What came since the last sample goes to the metrics. */
#include "engine/state.h"
#include "p2pscope/stream.h"

#define BARE_PACKETS 8 /* in a row are no accident */

u32 stream_lost(const struct stream *st, const struct stream_rare *rare)
{
	u32 expected = st->max_seq - rare->first_seq + 1, came = (u32)st->packets - rare->duplicates;

	return expected > came ? expected - came : 0;
}

/*
 * G.711 and G.722 (RFC 3551 section 4.5) make a byte for each tick of their clock. Where packets are just that long they
 * are not encrypted: SRTP adds its tag to each.
 */
static bool is_bare(const struct leg_stream *ls, const struct stream *st, const struct stream_rare *rare)
{
	const struct stream *old = &ls->last;
	u64 packets = st->packets - old->packets;
	bool whole = st->max_seq - old->max_seq == packets && rare->duplicates == ls->rare.duplicates &&
		     rare->reordered == ls->rare.reordered;
	u8 type = st->payload_type;

	if (!old->packets || packets < BARE_PACKETS || !whole || (type != 0 && type != 8 && type != 9))
		return false;
	return st->bytes - old->bytes == packets * RTP_HEADER + (u32)(st->timestamp - old->timestamp);
}

/* The loss that was told is not taken back when a packet comes late. */
static void count_rtp(struct engine *e, enum side side, struct leg_stream *ls, const struct stream *st,
		      const struct stream_rare *rare)
{
	struct rtp_metrics *m = &e->metrics.rtp[side];
	const struct stream *old = &ls->last;
	u32 lost = stream_lost(st, rare);

	m->packets += st->packets - old->packets;
	m->duplicates += rare->duplicates - ls->rare.duplicates;
	m->reordered += rare->reordered - ls->rare.reordered;
	m->freezes += (u16)(rare->freezes - ls->rare.freezes);
	if (lost > ls->lost_counted) {
		m->lost += lost - ls->lost_counted;
		ls->lost_counted = lost;
	}
	if (st->jitter_known && st->packets != old->packets)
		metrics_observe(&m->jitter, jitter_bounds, (double)stream_jitter_ns(st) / NS_PER_S);
}

static void sample(struct engine *e, struct eflow *f, enum heading heading, struct leg_stream *ls,
		   const struct stream *st, const struct stream_rare *rare, u64 media_ns)
{
	bool tcp = f->key.proto == PROTO_TCP, first = !ls->last.packets;

	count_rtp(e, heading == OUTWARD ? SIDE_LAN : SIDE_WAN, ls, st, rare);
	e->metrics.media_bytes[f->key.relayed][tcp] += st->bytes - ls->last.bytes;
	if (!ls->bare && is_bare(ls, st, rare)) {
		ls->bare = 1;
		e->metrics.rtp_unencrypted++;
	}
	if (first) {
		ls->first_ns = media_ns;
		ls->first_bytes = st->bytes;
	}
	if (st->bytes != ls->last.bytes && media_ns > ls->last_ns)
		ls->last_ns = media_ns;
	ls->last = *st;
	ls->rare = *rare;
}

/* Made when it is new; NULL when memory is out. */
static struct leg_stream *slot(struct leg *leg, u32 i)
{
	struct leg_stream *grown;

	if (i >= leg->nstreams) {
		grown = realloc(leg->stream, (i + 1) * sizeof(*grown));
		if (!grown)
			return NULL;
		memset(grown + leg->nstreams, 0, (i + 1 - leg->nstreams) * sizeof(*grown));
		leg->stream = grown;
		leg->nstreams = i + 1;
	}
	leg->stream[i].there = 1;
	return &leg->stream[i];
}

void streams_sample(struct engine *e, struct eflow *f, enum heading heading, const struct flow_dir *d)
{
	for (u32 i = 0; i < FLOW_STREAMS; i++) {
		const struct stream *st = &d->stream[i];
		struct leg_stream *ls = st->valid ? slot(&f->leg[heading], i) : NULL;

		if (!ls)
			continue;
		if (ls->last.ssrc != st->ssrc || ls->last.packets > st->packets) /* the record was made anew */
			*ls = (struct leg_stream){.there = 1, .last = {.ssrc = st->ssrc}};
		sample(e, f, heading, ls, st, &d->rare[i], flow_media_ns(d));
	}
}

void streams_free(struct eflow *f)
{
	for (int heading = 0; heading < HEADINGS; heading++)
		free(f->leg[heading].stream);
}
