/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What came since the last sample of a stream goes to the metrics. */
#include <stdlib.h>

#include "engine/metrics.h"
#include "engine/session_impair.h"
#include "engine/session_schedule.h"
#include "engine/state.h"
#include "engine/hosts.h"
#include "engine/media.h"
#include "engine/streams.h"
#include "engine/turn_servers.h"
#include "p2pscope/stream.h"
#include "util/time.h"

#define LOSS_NOTED 3 /* packets between two samples: fewer may come late, out of order */
#define BARE_PACKETS 8 /* so many in a row are no accident */

static u32 lost_of(u32 max_seq, u32 first_seq, u64 packets, u32 duplicates)
{
	u32 expected = max_seq - first_seq + 1, came = (u32)packets - duplicates;

	return expected > came ? expected - came : 0;
}

u32 stream_lost(const struct leg_stream *ls)
{
	return lost_of(ls->max_seq, ls->first_seq, ls->packets, ls->duplicates);
}

/*
 * G.711 and G.722 (RFC 3551 section 4.5) make one byte for each tick of their clock. Packets of
 * just that length are not encrypted, as SRTP would add its tag to each.
 */
static bool stream_is_bare(const struct leg_stream *ls, const struct stream *st,
			   const struct stream_rare *rare)
{
	u64 packets = st->packets - ls->packets;
	bool whole = st->max_seq - ls->max_seq == packets && rare->duplicates == ls->duplicates &&
		     rare->reordered == ls->reordered;
	u8 type = st->payload_type;

	if (!ls->packets || packets < BARE_PACKETS || !whole ||
	    (type != 0 && type != 8 && type != 9))
		return false;
	return st->bytes - ls->bytes == packets * RTP_HEADER + (u32)(st->timestamp - ls->timestamp);
}

/* Loss that was counted is not taken back when a packet comes late. */
static void stream_count(struct engine *e, struct flow *f, enum heading heading,
			 struct leg_stream *ls, const struct stream *st,
			 const struct stream_rare *rare)
{
	struct rtp_metrics *m = &e->metrics->rtp[heading == OUTBOUND ? SIDE_LAN : SIDE_WAN];
	u32 lost = lost_of(st->max_seq, rare->first_seq, st->packets, rare->duplicates);

	m->packets += st->packets - ls->packets;
	m->duplicates += rare->duplicates - ls->duplicates;
	m->reordered += rare->reordered - ls->reordered;
	m->freezes += (u16)(rare->freezes - ls->freezes);
	if (lost >= ls->lost_counted + LOSS_NOTED && f->session) {
		session_loss(f->session, heading, lost - ls->lost_counted,
			     (u32)(st->packets - ls->packets), e->now);
		session_review_soon(e, f->session);
	}
	if (lost > ls->lost_counted) {
		m->lost += lost - ls->lost_counted;
		ls->lost_counted = lost;
	}
	if (st->jitter_known && st->packets != ls->packets)
		metrics_observe(&m->jitter, jitter_bounds,
				(double)stream_jitter_ns(st->jitter) / NS_PER_S);
}

static void stream_keep(struct leg_stream *ls, const struct stream *st,
			const struct stream_rare *rare)
{
	ls->packets = st->packets;
	ls->bytes = st->bytes;
	ls->max_seq = st->max_seq;
	ls->timestamp = st->timestamp;
	ls->longest_gap = st->longest_gap;
	ls->tick = st->tick;
	ls->jitter = st->jitter;
	ls->payload_type = st->payload_type;
	ls->jitter_known = st->jitter_known;
	ls->first_seq = rare->first_seq;
	ls->duplicates = rare->duplicates;
	ls->reordered = rare->reordered;
	ls->freezes = rare->freezes;
}

static enum keying keying_of(const struct flow *f, const struct leg_stream *ls)
{
	if (ls->bare)
		return KEYING_NONE;
	switch (f->session ? session_encryption(&f->session->s) : ENCRYPTION_UNKNOWN) {
	case ENCRYPTION_SEEN:
		return KEYING_DTLS;
	case ENCRYPTION_NONE:
		return KEYING_NONE;
	default:
		return KEYING_UNKNOWN;
	}
}

/* Without its direct path the session would have gone through the relay that its host holds. */
static bool saves_relay(struct engine *e, struct flow *f)
{
	const struct host *h = flow_host(e, f);

	return h && h->turn_granted_ns && f->session;
}

/*
 * Inside TURN of the host, or toward an address of the peer's TURN server: as the path of a session
 * is told.
 */
static void media_bytes_count(struct engine *e, struct flow *f, const struct leg_stream *ls,
			      u64 bytes)
{
	bool relayed, tcp = f->key.proto == PROTO_TCP;

	if (!bytes)
		return;
	e->metrics->rtp_bytes[keying_of(f, ls)] += bytes;
	relayed = flow_is_relayed(e, f);
	e->metrics->media_bytes[relayed][tcp] += bytes;
	if (!relayed && saves_relay(e, f))
		e->metrics->relay_bytes_saved += bytes;
}

static void stream_sample(struct engine *e, struct flow *f, enum heading heading,
			  struct leg_stream *ls, const struct stream *st,
			  const struct stream_rare *rare)
{
	bool first = !ls->packets;

	stream_count(e, f, heading, ls, st, rare);
	media_bytes_count(e, f, ls, st->bytes - ls->bytes);
	if (!ls->bare && stream_is_bare(ls, st, rare)) {
		ls->bare = 1;
		e->metrics->rtp_unencrypted++;
	}
	if (first) {
		ls->first_ns = st->last_ns;
		ls->first_bytes = st->bytes;
	}
	if (st->bytes != ls->bytes)
		time_advance(&ls->last_ns, st->last_ns);
	stream_keep(ls, st, rare);
}

/* Returns the stream that was heard of longest ago. */
static struct leg_stream *stream_oldest(const struct leg_inside *leg)
{
	struct leg_stream *found = leg->stream;

	for (u32 i = 1; i < leg->nstreams; i++)
		if (leg->stream[i].last_ns < found->last_ns)
			found = &leg->stream[i];
	return found;
}

/* Returns a new stream of an SSRC that the leg does not have; NULL when memory is out. */
static struct leg_stream *stream_new(struct leg_inside *leg, u32 ssrc)
{
	struct leg_stream *grown, *new;

	if (leg->nstreams == LEG_STREAMS) {
		new = stream_oldest(leg);
	} else {
		grown = realloc(leg->stream, (leg->nstreams + 1u) * sizeof(*grown));
		if (!grown)
			return NULL;
		leg->stream = grown;
		new = &grown[leg->nstreams++];
	}
	*new = (struct leg_stream){.ssrc = ssrc};
	return new;
}

/*
 * Returns the stream of an SSRC, made when it is new; it is most likely at `place`. A flow record
 * reuses the places of silent streams, which stay here.
 */
static struct leg_stream *stream_of(struct leg_inside *leg, u32 place, u32 ssrc)
{
	if (place < leg->nstreams && leg->stream[place].ssrc == ssrc)
		return &leg->stream[place];
	for (u32 i = 0; i < leg->nstreams; i++)
		if (leg->stream[i].ssrc == ssrc)
			return &leg->stream[i];
	return stream_new(leg, ssrc);
}

void streams_sample(struct engine *e, struct flow *f, enum heading heading,
		    const struct flow_dir *d)
{
	struct leg_inside *leg = leg_inside_get(f, heading);

	for (u32 i = 0; i < FLOW_STREAMS; i++) {
		const struct stream *st = &d->stream[i];
		struct leg_stream *ls = leg && st->valid ? stream_of(leg, i, st->ssrc) : NULL;

		if (!ls)
			continue;
		if (ls->packets > st->packets) /* the record is a new one */
			*ls = (struct leg_stream){.ssrc = st->ssrc};
		stream_sample(e, f, heading, ls, st, &d->rare[i]);
	}
}
