/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * STUN and TURN messages of a flow: requests and their answers, and which of them are told (the
 * rule is on top of event.h).
 */
#ifndef P2PSCOPE_BPF_STUN_TRACK_H
#define P2PSCOPE_BPF_STUN_TRACK_H

#include "admission.h"
#include "liveness.h"
#include "turn_relay.h"

static __always_inline bool ice_is_check(u16 method)
{
	return method == STUN_BINDING || method == STUN_GOOG_PING;
}

/* Counts a message of a TURN method in its direction and gives the number, up to 255. */
static __always_inline u32 turn_count(struct flow_dir *half, u16 method)
{
	u32 index = method;
	u8 *told;

	hide(index);
	told = &half->told[index & 15];
	if (*told < 255)
		(*told)++;
	return *told;
}

/* A bit for the peer's address that was not set before: a permission for a new peer. */
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
 * Is a TURN request news? What keeps an allocation alive is not. `bound`: a ChannelBind that binds
 * something new.
 */
static __always_inline bool turn_request_told(const struct stun_info *info, struct flow_dir *half,
					      bool bound)
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
	return worth_telling(count);
}

static __always_inline void answer_round_trip(struct work *w, struct flow_dir *half,
					      const struct pending *pending)
{
	u64 us = (w->now_ns - pending->sent_ns) / 1000;

	if (pending->flags & PENDING_REPEATED || w->now_ns < pending->sent_ns)
		return;
	half->rtt_us = us < 0xffffffff ? us : 0xffffffff;
	if (!half->rtt_min_us || half->rtt_us < half->rtt_min_us)
		half->rtt_min_us = half->rtt_us;
	w->event.stun.rtt_us = half->rtt_us;
}

/*
 * A success that matched. Checks: the first, and the first to a nomination. TURN: when the request
 * was told.
 */
static __always_inline bool success_told(struct work *w, struct flow_dir *half,
					 const struct pending *pending, bool bound)
{
	u32 flags = w->event.stun.flags & (STUN_F_MATCHED | STUN_F_MATCHED_NOMINATION);
	bool told = flags & ~half->stun_flags;

	w->event.count = shared_next(&half->successes);
	half->success_ns = w->now_ns;
	half->stun_flags |= flags;
	if (turn_is_method(w->event.stun.method))
		return bound || pending->flags & PENDING_TOLD;
	return told;
}

static __always_inline void answer_matches(struct work *w, const struct pending *pending)
{
	w->event.stun.flags |= STUN_F_MATCHED;
	if (pending->flags & STUN_F_USE_CANDIDATE)
		w->event.stun.flags |= STUN_F_MATCHED_NOMINATION;
}

/*
 * A check that says which one has come from the other side, should the answer to that one not be
 * seen.
 */
static __always_inline bool request_answers(struct work *w, struct flow_dir *half,
					    struct flow_dir *back)
{
	struct pending *pending = pending_find(back->pending, w->parts.answers);

	if (!pending || turn_is_method(w->event.stun.method))
		return false;
	answer_matches(w, pending);
	pending->id = 0;
	return success_told(w, half, pending, false);
}

/* A request of a known flow; `back` is the direction of its answers. */
static __always_inline bool request_told(struct work *w, struct flow_dir *half,
					 struct flow_dir *back, bool bound)
{
	const struct stun_info *info = &w->event.stun;
	struct pending *pending = pending_put(half->pending, w);
	u32 user = half->user_hash;
	bool told = request_answers(w, half, back);

	w->event.count = shared_next(&half->requests);
	if (turn_is_method(info->method)) {
		told = turn_request_told(info, half, bound) ||
		       /* sent again: not answered */
		       (pending->flags & PENDING_TOLD && worth_telling(w->event.count));
	} else {
		if (ice_is_check(info->method))
			half->request_ns = w->now_ns;
		told |= request_changed(w, &half->user_hash, &half->user_before, &half->stun_flags);
		if (!back->successes && worth_telling(w->event.count))
			told = true;
		if (half->user_hash != user) /* an ICE restart: its first answers are news again */
			back->stun_flags &= ~(STUN_F_MATCHED | STUN_F_MATCHED_NOMINATION);
	}
	if (told)
		pending->flags |= PENDING_TOLD;
	return told;
}

/* An answer on a known flow; `back` is the direction its request went. */
static __always_inline bool answer_told(struct work *w, struct flow_record *flow,
					struct flow_dir *half, struct flow_dir *back)
{
	struct stun_info *info = &w->event.stun;
	struct pending *pending = pending_find(back->pending, w->parts.answers);
	bool bound = false, told = false;

	if (pending) {
		answer_matches(w, pending);
		answer_round_trip(w, half, pending);
	}
	if (info->cls == STUN_ERROR) {
		w->event.count = shared_next(&half->errors);
		told = worth_telling(w->event.count);
	} else if (pending) {
		if (info->method == STUN_CHANNEL_BIND)
			bound = channel_confirm(w, pending->channel);
		if (turn_is_method(info->method) && info->method <= STUN_CHANNEL_BIND)
			flow->turn = 1;
		if (info->method == STUN_CONNECTION_BIND)
			info->channel = pending->channel;
		told = success_told(w, half, pending, bound);
	}
	if (pending)
		pending->id = 0;
	return told;
}

/* Binding indications keep a path open and are told once; of Send and Data the first eight. */
static __always_inline bool indication_told(struct work *w, struct flow_dir *half)
{
	w->event.count = turn_count(half, w->event.stun.method);
	return w->event.count <= (w->event.stun.method == STUN_BINDING ? 1 : 8);
}

/*
 * What leaves has passed NAT: now the kernel's entry is there. Inside TURN there is none of its
 * own.
 */
static __always_inline void ice_left(struct work *w, const struct conntrack *nat)
{
	if (w->dir == DIR_OUT && !w->key.relayed && nat->state == CONNTRACK_NOT_ASKED)
		w->nat_wanted = 1;
}

/* A message of a known flow. */
static __always_inline void ice_known(struct work *w, struct flow_record *flow, bool bound)
{
	struct flow_dir *half = flow_dir_of(flow, w->dir);
	struct flow_dir *back = flow_dir_of(flow, !w->dir);
	u8 cls = w->event.stun.cls;
	bool told;

	w->known = 1;
	ice_left(w, &flow->nat);
	if (cls == STUN_REQUEST)
		told = request_told(w, half, back, bound);
	else if (cls == STUN_INDICATION)
		told = indication_told(w, half);
	else
		told = answer_told(w, flow, half, back);
	if (told)
		emit(w, EVENT_STUN, w->event.count, EVENT_SIZE(stun));
}

/* A request of a flow on probation. */
static __always_inline bool probe_request_told(struct work *w, struct probe_dir *half)
{
	struct pending *pending = pending_put(half->pending, w);
	bool told = request_changed(w, &half->user_hash, &half->user_before, &half->stun_flags);

	w->event.count = ++half->requests;
	if (worth_telling(w->event.count))
		told = true;
	if (told)
		pending->flags |= PENDING_TOLD;
	return told;
}

/*
 * A message of a flow not known. Gives 1 when it is known now: the message is the answer that was
 * waited for.
 */
static __always_inline int ice_stranger(struct work *w)
{
	struct stun_info *info = &w->event.stun;
	struct probe_record *probe = probe_get(w);
	struct probe_dir *half, *back;
	bool told;

	if (!probe)
		return 0;
	half = &probe->dir[w->dir == DIR_OUT];
	back = &probe->dir[w->dir != DIR_OUT];
	if (pending_find(back->pending, w->parts.answers) && promote(w, probe))
		return 1;
	ice_left(w, &probe->nat);
	half->bytes += w->counted;
	if (info->cls == STUN_REQUEST) {
		info->flags |= answered_flags(w);
		told = probe_request_told(w, half);
	} else {
		w->event.count = ++half->other;
		told = worth_telling(w->event.count);
	}
	if (told)
		emit(w, EVENT_STUN, w->event.count, EVENT_SIZE(stun));
	return 0;
}

#endif
