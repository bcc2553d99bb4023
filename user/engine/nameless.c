/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sessions without ufrags: of applications that put none into their checks, and of those whose checks were not seen. */
#include "engine/state.h"

/* Has the host asked from this socket, and been answered? */
static bool has_socket(const struct session_state *s, const struct eflow *inside)
{
	for (struct eflow *f = s->flows; f; f = f->next) {
		const struct eflow *g = flow_inside(f);

		if (g->asked && g->key.proto == inside->key.proto && endpoint_equal(&g->local, &inside->local))
			return true;
	}
	return false;
}

/*
 * Who asks on several paths from one socket tries them for one session: relays first, then the peer. A socket that is
 * asked only is a server's, and may serve many.
 */
static struct session_state *session_of_socket(const struct engine *e, const struct eflow *inside)
{
	struct session_state *s;

	DL_FOREACH2(e->standing[STANDING_NAMELESS], s, after)
	if (has_socket(s, inside))
		return s;
	return NULL;
}

struct session_state *session_without_ufrags(struct engine *e, struct eflow *f, u64 now)
{
	struct eflow *inside = flow_inside(f);
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
