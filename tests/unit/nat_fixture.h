/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets through NATs of all kinds, as the engine sees them: requests and answers from inside, and
 * requests from outside that are let in or not.
 */
#ifndef P2PSCOPE_TESTS_NAT_FIXTURE_H
#define P2PSCOPE_TESTS_NAT_FIXTURE_H

#include "engine_fixture.h"

/* A Binding message between the fixture's addresses: host, mapped and peer. */
static inline u64 bind_packet(struct engine_fixture *w, enum host_dir way, u8 cls, u64 id,
			      const struct endpoint *mapped)
{
	struct stun_spec of = {.cls = cls, .method = STUN_BINDING, .id = id ? id : ++w->ids};

	if (cls == STUN_SUCCESS)
		of.flags = STUN_F_MATCHED;
	if (mapped)
		of.mapped = *mapped;
	pass_points(w, way, make_stun_event, &of);
	return of.id;
}

static inline void set_endpoints(struct engine_fixture *w, struct endpoint inside,
				 struct endpoint outside, struct endpoint remote)
{
	w->host = inside;
	w->mapped = outside;
	w->peer = remote;
	w->inbound_drops = w->outbound_drops = false;
}

/*
 * The inside sends a Binding request to the remote, whose answer names `seen_as` as the mapped
 * address.
 */
static inline void mapped_request(struct engine_fixture *w, struct endpoint inside,
				  struct endpoint outside, struct endpoint remote,
				  struct endpoint seen_as)
{
	u64 id;

	set_endpoints(w, inside, outside, remote);
	id = bind_packet(w, OUT, STUN_REQUEST, 0, NULL);
	w->now += 5 * MS;
	bind_packet(w, IN, STUN_SUCCESS, id, &seen_as);
}

/*
 * The remote sends a Binding request to an outside endpoint; it reaches the inside one if `let_in`.
 */
static inline void inbound_request(struct engine_fixture *w, struct endpoint remote,
				   struct endpoint outside, struct endpoint inside, bool let_in)
{
	set_endpoints(w, inside, outside, remote);
	w->inbound_drops = !let_in;
	bind_packet(w, IN, STUN_REQUEST, 0, NULL);
}

static inline struct engine_view *nat_view_of(struct engine_fixture *w)
{
	struct engine_view *view = engine_view(w->e, VIEW_MAPPINGS | VIEW_HOSTS, NULL);

	assert_non_null(view);
	return view;
}

/* The mapping with these ends; fails when there is none. */
static inline const struct mapping *mapping_of(const struct engine_view *view,
					       struct endpoint inside, struct endpoint outside)
{
	for (size_t i = 0; i < view->nmappings; i++)
		if (endpoint_equal(&view->mappings[i].inside, &inside) &&
		    endpoint_equal(&view->mappings[i].outside, &outside))
			return &view->mappings[i];
	fail_msg("there is no such mapping");
	return NULL;
}

#endif
