/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * STUN and TURN messages of a flow: requests and their answers, and which of them are reported (the
 * rule is at the top of event.h). Functions whose name ends in _is_news return whether the message
 * at hand is reported.
 */
#ifndef P2PSCOPE_BPF_STUN_TRACK_H
#define P2PSCOPE_BPF_STUN_TRACK_H

#include "admission.h"
#include "emit.h"
#include "liveness.h"
#include "turn_relay.h"
#include "verifier.h"

/* Returns whether a method is that of a connectivity check. */
static __always_inline bool stun_is_check(u16 method)
{
	return method == STUN_BINDING || method == STUN_GOOG_PING;
}

/* Counts a message of a method in its direction. Returns the number, up to 255. */
static __always_inline u32 turn_count(struct flow_dir *half, u16 method)
{
	u32 index = method;
	u8 *seen;

	hide_value(index);
	seen = &half->turn_seen[index & 15];
	if (*seen < 255)
		(*seen)++;
	return *seen;
}

/* Returns whether a permission is for a new peer, by a bit of its address's hash. */
static __always_inline bool turn_new_peer(struct flow_dir *half, const struct endpoint *peer)
{
	u32 hash = 2166136261u;
	u64 bit;

	for (u32 i = 0; i < 16; i++)
		hash = (hash ^ peer->ip.b[i]) * 16777619u;
	bit = 1ull << (hash >> 26);
	if (half->peers & bit)
		return false;
	half->peers |= bit;
	return true;
}

/*
 * A TURN request. What keeps an allocation alive is not reported. `bound`: it is a ChannelBind that
 * binds something new.
 */
static __always_inline bool turn_request_is_news(const struct stun_info *info,
						 struct flow_dir *half, bool bound)
{
	u32 count = turn_count(half, info->method);

	switch (info->method) {
	case STUN_REFRESH:
		return info->flags & STUN_F_LIFETIME && !info->lifetime;
	case STUN_CREATE_PERMISSION:
		return turn_new_peer(half, &info->peer);
	case STUN_CHANNEL_BIND:
		return bound;
	}
	return worth_reporting(count);
}

/*
 * Measures the round trip of an answer, unless its request was retransmitted (Karn; RFC 8489
 * section 6.2.1).
 */
static __always_inline void answer_round_trip(struct msg_context *m, struct flow_dir *half,
					      const struct pending *pending)
{
	u64 us = (m->now_ns - pending->sent_ns) / 1000;

	if (pending->flags & PENDING_REPEATED || m->now_ns < pending->sent_ns)
		return;
	half->rtt_us = us < 0xffffffff ? us : 0xffffffff;
	if (!half->rtt_min_us || half->rtt_us < half->rtt_min_us)
		half->rtt_min_us = half->rtt_us;
	m->event.stun.rtt_us = half->rtt_us;
}

/*
 * A success response that matched a request. Of checks the first one is reported and the first one
 * to a nomination; of TURN those whose request was.
 */
static __always_inline bool success_is_news(struct msg_context *m, struct flow_dir *half,
					    const struct pending *pending, bool bound)
{
	u32 flags = m->event.stun.flags & (STUN_F_MATCHED | STUN_F_MATCHED_NOMINATION);
	bool news = flags & ~half->stun_flags;

	m->event.count = shared_next(&half->successes);
	half->success_ns = m->now_ns;
	half->stun_flags |= flags;
	if (turn_is_method(m->event.stun.method))
		return bound || pending->flags & PENDING_REPORTED;
	return news;
}

/* Notes in the event that a request has arrived. */
static __always_inline void answer_matches(struct msg_context *m, const struct pending *pending)
{
	m->event.stun.flags |= STUN_F_MATCHED;
	if (pending->flags & STUN_F_USE_CANDIDATE)
		m->event.stun.flags |= STUN_F_MATCHED_NOMINATION;
}

/*
 * A check that names the last check received from the other side: that one has arrived, even if its
 * answer is not seen.
 */
static __always_inline bool request_answers(struct msg_context *m, struct flow_dir *half,
					    struct flow_dir *back)
{
	struct pending *pending = pending_find(back->pending, m->parts.answers);

	if (!pending || turn_is_method(m->event.stun.method))
		return false;
	answer_matches(m, pending);
	pending->id = 0;
	return success_is_news(m, half, pending, false);
}

/* A request of a known flow. `back` is the direction that its answer takes. */
static __always_inline bool request_is_news(struct msg_context *m, struct flow_dir *half,
					    struct flow_dir *back, bool bound)
{
	const struct stun_info *info = &m->event.stun;
	struct pending *pending = pending_put(half->pending, m);
	u32 user = half->user_hash;
	bool news = request_answers(m, half, back);

	m->event.count = shared_next(&half->requests);
	if (turn_is_method(info->method)) {
		news = turn_request_is_news(info, half, bound) ||
		       /* retransmitted: not answered */
		       (pending->flags & PENDING_REPORTED && worth_reporting(m->event.count));
	} else {
		if (stun_is_check(info->method))
			half->request_ns = m->now_ns;
		news |= request_changed(m, &half->user_hash, &half->user_before, &half->stun_flags);
		if (!back->successes && worth_reporting(m->event.count))
			news = true;
		/* an ICE restart: its first answers are reported again */
		if (half->user_hash != user)
			back->stun_flags &= ~(STUN_F_MATCHED | STUN_F_MATCHED_NOMINATION);
	}
	if (news)
		pending->flags |= PENDING_REPORTED;
	return news;
}

/* An answer on a known flow. `back` is the direction that its request took. */
static __always_inline bool answer_is_news(struct msg_context *m, struct flow_record *flow,
					   struct flow_dir *half, struct flow_dir *back)
{
	struct stun_info *info = &m->event.stun;
	struct pending *pending = pending_find(back->pending, m->parts.answers);
	bool bound = false, news = false;

	if (pending) {
		answer_matches(m, pending);
		answer_round_trip(m, half, pending);
	}
	if (info->cls == STUN_ERROR) {
		m->event.count = shared_next(&half->errors);
		news = worth_reporting(m->event.count);
	} else if (pending) {
		if (info->method == STUN_CHANNEL_BIND)
			bound = channel_confirm(m, pending->channel);
		if (turn_is_method(info->method) && info->method <= STUN_CHANNEL_BIND)
			flow->turn = 1;
		if (info->method == STUN_CONNECTION_BIND)
			info->channel = pending->channel;
		news = success_is_news(m, half, pending, bound);
	}
	if (pending)
		pending->id = 0;
	return news;
}

/*
 * An indication. Binding indications keep a path open and are reported once; of Send and Data the
 * first eight are.
 */
static __always_inline bool indication_is_news(struct msg_context *m, struct flow_dir *half)
{
	m->event.count = turn_count(half, m->event.stun.method);
	return m->event.count <= (m->event.stun.method == STUN_BINDING ? 1 : 8);
}

/*
 * What leaves has passed NAT, so the kernel has its entry now. A flow inside TURN has none of its
 * own.
 */
static __always_inline void stun_track_leaving(struct msg_context *m, const struct conntrack *nat)
{
	if (m->dir == DIR_OUT && !m->key.relayed && nat->state == CONNTRACK_NOT_ASKED)
		m->ct_wanted = 1;
}

/* A STUN message of a known flow. `bound`: it is a ChannelBind that binds something new. */
static __always_inline void stun_track_known(struct msg_context *m, struct flow_record *flow,
					     bool bound)
{
	struct flow_dir *half = flow_dir_of(flow, m->dir);
	struct flow_dir *back = flow_dir_of(flow, !m->dir);
	u8 cls = m->event.stun.cls;
	bool news;

	m->known = 1;
	stun_track_leaving(m, &flow->nat);
	if (cls == STUN_REQUEST)
		news = request_is_news(m, half, back, bound);
	else if (cls == STUN_INDICATION)
		news = indication_is_news(m, half);
	else
		news = answer_is_news(m, flow, half, back);
	if (news)
		emit_event(m, EVENT_STUN, m->event.count, EVENT_SIZE(stun));
}

/* A request of a flow on probation. */
static __always_inline bool probe_request_is_news(struct msg_context *m, struct probe_dir *half)
{
	struct pending *pending = pending_put(half->pending, m);
	bool news = request_changed(m, &half->user_hash, &half->user_before, &half->stun_flags);

	m->event.count = ++half->requests;
	if (worth_reporting(m->event.count))
		news = true;
	if (news)
		pending->flags |= PENDING_REPORTED;
	return news;
}

/*
 * A STUN message of a flow that is not known. Returns 1 when the flow is known now, as the message
 * is the answer that was waited for; it is then to be handled by stun_track_known(). Else returns
 * 0.
 */
static __always_inline int stun_track_probation(struct msg_context *m)
{
	struct stun_info *info = &m->event.stun;
	struct probe_record *probe = probe_get(m);
	struct probe_dir *half, *back;
	bool news;

	if (!probe)
		return 0;
	half = &probe->dir[m->dir == DIR_OUT];
	back = &probe->dir[m->dir != DIR_OUT];
	if (pending_find(back->pending, m->parts.answers) && probe_promote(m, probe))
		return 1;
	stun_track_leaving(m, &probe->nat);
	half->bytes += m->counted;
	if (info->cls == STUN_REQUEST) {
		info->flags |= liveness_flags(m);
		news = probe_request_is_news(m, half);
	} else {
		m->event.count = ++half->other;
		news = worth_reporting(m->event.count);
	}
	if (news)
		emit_event(m, EVENT_STUN, m->event.count, EVENT_SIZE(stun));
	return 0;
}

#endif
