/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/flows.h"
#include "engine/session_anonymous.h"
#include "engine/state.h"

/*
 * Returns the older of two sessions, either of which may be NULL. `s` counts only if it has a host
 * and no ufrags, and is not over.
 */
static struct session_state *older_anonymous(struct session_state *s, struct session_state *than)
{
	if (!s || !s->s.has_host || s->s.over || s->s.ufrag_len[0])
		return than;
	return than && than->place < s->place ? than : s;
}

/*
 * A socket that asks on several paths and is answered tries them for one session: relays first,
 * then the peer. A socket that is only asked is a server's, and may serve many sessions.
 */
static struct session_state *session_at(const struct engine *e, u8 side, const struct flow *inside)
{
	struct flow *f = flow_find_asker(e, side, flow_local(inside));
	struct session_state *found = NULL;

	for (; f; f = flow_next_asker(e, f)) {
		if (f->key.proto != inside->key.proto || flow_inside(f) != f)
			continue;
		found = older_anonymous(f->session, found);
		if (f->twin && flow_inside(f->twin) == f)
			found = older_anonymous(f->twin->session, found);
	}
	return found;
}

static struct session_state *session_of_socket(const struct engine *e, const struct flow *inside)
{
	struct session_state *s = session_at(e, SIDE_LAN, inside);

	return older_anonymous(session_at(e, SIDE_WAN, inside), s);
}

struct session_state *session_without_ufrags(struct engine *e, struct flow *f, u64 now)
{
	struct flow *inside = flow_inside(f);
	struct session_state *s;

	if (f->session)
		return f->session;
	if (flow_is_stray(inside, e->has_lan))
		return NULL;
	s = session_of_socket(e, inside);
	if (!s)
		s = session_new(e, now, NULL, NULL);
	if (!s)
		return NULL;
	session_join(e, s, inside);
	if (inside->twin)
		session_join(e, s, inside->twin);
	return s;
}
