/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does UDP lead anywhere at all? What left for several addresses and was answered by none was stopped on the way. */
#include "engine/judge.h"

#define ADDRESSES 8

struct udp_tries {
	struct addr asked[ADDRESSES]; /* that were sent to in vain */
	u32 count;
	bool answered;
};

static bool is_asked(const struct udp_tries *tries, const struct addr *ip)
{
	for (u32 i = 0; i < tries->count; i++)
		if (memcmp(&tries->asked[i], ip, sizeof(*ip)) == 0)
			return true;
	return false;
}

/* STUN or TURN of this host over UDP that left for somebody outside, at about the time of the session. */
static bool is_try(const struct session_state *s, const struct eflow *f)
{
	return f->key.proto == PROTO_UDP && !f->key.relayed && (f->twin || f->side == SIDE_WAN) &&
	       memcmp(&f->local.ip, &s->s.host, sizeof(f->local.ip)) == 0 && !addr_is_private(&f->remote.ip) &&
	       f->last_ns + JUDGE_WINDOW_NS > s->s.times.first && (f->leg[OUTWARD].requests || f->alloc.requests);
}

static void tries_collect(const struct engine *e, const struct session_state *s, struct udp_tries *tries)
{
	struct eflow *f, *tmp;

	memset(tries, 0, sizeof(*tries));
	HASH_ITER(hh, e->flows, f, tmp) {
		if (flow_inside(f) != f || !is_try(s, f))
			continue;
		tries->answered |= f->answered;
		if (tries->count < ADDRESSES && !is_asked(tries, &f->remote.ip))
			tries->asked[tries->count++] = f->remote.ip;
	}
}

bool judge_udp_blocked(const struct engine *e, struct session_state *s)
{
	struct udp_tries tries;
	char first[ENDPOINT_TEXT], second[ENDPOINT_TEXT];

	tries_collect(e, s, &tries);
	if (tries.answered || tries.count < 2)
		return false;
	session_say(s, s->s.times.last, AT_WAN_OUT, "UDP left for %u addresses (%s, %s, …), none answered; TCP works",
		    tries.count, addr_text(&tries.asked[0], first), addr_text(&tries.asked[1], second));
	return true;
}
