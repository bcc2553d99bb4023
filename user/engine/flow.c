/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A single flow: what follows from its fields, and the parts that are allocated when needed. */
#include <stdlib.h>

#include "engine/flow.h"
#include "util/time.h"

enum heading engine_heading(u8 side, u8 dir)
{
	return (side == SIDE_LAN) == (dir == DIR_IN) ? OUTBOUND : INBOUND;
}

enum point engine_at(u8 side, u8 dir)
{
	if (side == SIDE_LAN)
		return dir == DIR_IN ? AT_LAN_IN : AT_LAN_OUT;
	return dir == DIR_IN ? AT_WAN_IN : AT_WAN_OUT;
}

struct flow *flow_inside(struct flow *f)
{
	return f->side == SIDE_WAN && f->twin && f->twin->side == SIDE_LAN ? f->twin : f;
}

bool flow_is_stray(const struct flow *f, bool lan)
{
	return lan && f->side == SIDE_WAN && !f->twin && !f->own;
}

bool flow_meets_first(const struct flow *f, u8 dir)
{
	return dir == DIR_IN || !f->twin;
}

bool flow_is_carried_by(const struct flow *f, const struct flow *carrier)
{
	return f->key.relayed && f->key.proto == carrier->key.proto &&
	       endpoint_equal(&flow_more(f)->server, flow_remote(carrier));
}

const struct flow_more *flow_more(const struct flow *f)
{
	static const struct flow_more none;

	return f->more ? f->more : &none;
}

struct flow_more *flow_more_get(struct flow *f)
{
	if (!f->more)
		f->more = calloc(1, sizeof(*f->more));
	return f->more;
}

const struct leg_inside *leg_inside(const struct flow *f, enum heading heading)
{
	static const struct leg_inside none;

	return f->inside ? &f->inside[heading] : &none;
}

struct leg_inside *leg_inside_get(struct flow *f, enum heading heading)
{
	if (!f->inside && flow_inside(f) == f)
		f->inside = calloc(HEADINGS, sizeof(*f->inside));
	return f->inside ? &f->inside[heading] : NULL;
}

u64 flow_heading_ns(const struct flow *f, enum heading heading)
{
	const struct leg_inside *inside = leg_inside(f, heading);
	u64 last = inside->last_ns;

	time_advance(&last, f->leg[heading].request_ns);
	time_advance(&last, f->leg[heading].success_ns);
	time_advance(&last, inside->media_ns);
	time_advance(&last, inside->data_ns);
	return last;
}

static void leg_inside_free(struct flow *f)
{
	for (int heading = 0; f->inside && heading < HEADINGS; heading++)
		free(f->inside[heading].stream);
	free(f->inside);
	f->inside = NULL;
}

void leg_inside_trim(struct flow *f)
{
	if (flow_inside(f) != f)
		leg_inside_free(f);
}

bool flow_asks_again(struct flow *f, const struct event *request)
{
	return flow_inside(f) == f && (request->count > 1 || f->key.proto == PROTO_TCP);
}

void flow_free(struct flow *f)
{
	leg_inside_free(f);
	if (f->more) {
		drops_free(f->more->drops);
		free(f->more->lost);
		free(f->more->passages);
		free(f->more->dropped);
	}
	free(f->more);
	free(f);
}

#define CACHE_LINE 64

/* `from` may be NULL. */
static void fetch_lines(const void *from, size_t bytes)
{
	for (size_t at = 0; from && at < bytes; at += CACHE_LINE)
		__builtin_prefetch((const char *)from + at);
}

void flow_fetch(const struct flow *f)
{
	fetch_lines(f, sizeof(*f));
}

void flow_fetch_behind(const struct flow *f)
{
	if (!f)
		return;
	fetch_lines(f->inside, HEADINGS * sizeof(*f->inside));
	fetch_lines(f->session, sizeof(struct session));
	fetch_lines(f->twin, sizeof(*f));
}
