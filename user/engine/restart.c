/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flows.h"
#include "engine/restart.h"
#include "engine/session.h"
#include "engine/state.h"

/* A newcomer takes the place of whoever was there: then its restart is not recognized. */
#define STREAMS_KEPT 4096

struct stream_path {
	u32 ssrc;
	u8 heading;
	struct flow_key key; /* of the flow that carried it last */
};

struct restarts {
	struct stream_path last[STREAMS_KEPT];
};

int restarts_begin(struct engine *e)
{
	e->restarts = calloc(1, sizeof(*e->restarts));
	return e->restarts ? 0 : -ENOMEM;
}

void restarts_free(struct engine *e)
{
	free(e->restarts);
}

static struct stream_path *stream_path_of(const struct engine *e, const struct flow *f, u32 ssrc,
					  enum heading heading)
{
	const struct addr *host = &flow_local(f)->ip;
	u32 hash = ssrc * 0x9e3779b1u ^ heading;

	for (u32 i = 0; i < sizeof(host->b); i++)
		hash = (hash ^ host->b[i]) * 16777619u;
	return &e->restarts->last[(hash >> 8) % STREAMS_KEPT];
}

static bool is_one_session(const struct session_state *old, const struct session_state *s)
{
	return old && old != s && old->s.ufrag_len[0] && s->s.ufrag_len[0] && old->s.has_host &&
	       s->s.has_host && !memcmp(&old->s.host, &s->s.host, sizeof(s->s.host)) &&
	       !memcmp(&old->s.peer, &s->s.peer, sizeof(s->s.peer)) && old->s.times.secured &&
	       !s->s.dtls.client;
}

/* The older one goes on under the name of the newer, which is forgotten. */
static void take_over(struct engine *e, struct session_state *old, const struct session_state *s)
{
	u8 bytes[2][UFRAG_MAX];
	struct ufrag ufrag[2];

	for (int whose = 0; whose < 2; whose++) {
		struct ufrag of = session_ufrag(&s->s, whose);

		memcpy(bytes[whose], of.bytes, of.len);
		ufrag[whose] = (struct ufrag){.bytes = bytes[whose], .len = of.len};
	}
	session_renew(e, old, &ufrag[0], &ufrag[1]);
}

void restart_stream(struct engine *e, struct flow *f, const struct event *event)
{
	enum heading heading = engine_heading(f->side, event->dir);
	struct stream_path *path;
	const struct flow *before;

	if (!f->session || flow_inside(f) != f)
		return;
	path = stream_path_of(e, f, event->stream.ssrc, heading);
	before = path->ssrc == event->stream.ssrc && path->heading == heading
			 ? flow_find(e, &path->key)
			 : NULL;
	if (before && is_one_session(before->session, f->session))
		take_over(e, before->session, f->session);
	*path = (struct stream_path){
		.ssrc = event->stream.ssrc, .heading = (u8)heading, .key = f->key};
}
