/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A nat_remote by itself. Most are addressed outside as inside, and conntrack says what the packets
 * show: that takes no room.
 */
#include <stdlib.h>

#include "engine/nat/nat.h"

/* NULL when memory is out. */
static struct nat_remote_rare *remote_rare_get(struct nat_remote *b)
{
	if (b->rare)
		return b->rare;
	b->rare = calloc(1, sizeof(*b->rare));
	if (b->rare)
		b->rare->far = b->key.remote;
	return b->rare;
}

const struct endpoint *nat_remote_far(const struct nat_remote *b)
{
	return b->rare ? &b->rare->far : &b->key.remote;
}

const struct endpoint *nat_remote_reported(const struct nat_remote *b)
{
	static const struct endpoint none;

	return b->reported == REPORTED_OTHER     ? &b->rare->reported
	       : b->reported == REPORTED_OUTSIDE ? &b->entry->key.outside
						 : &none;
}

void nat_remote_report(struct nat_remote *b, const struct endpoint *outside)
{
	if (endpoint_equal(outside, &b->entry->key.outside)) {
		b->reported = REPORTED_OUTSIDE;
	} else if (remote_rare_get(b)) {
		b->rare->reported = *outside;
		b->reported = REPORTED_OTHER;
	}
}

struct nat_remote *nat_remote_make(struct nat_mapping *n, const struct translation *t)
{
	struct nat_remote *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->key = (struct nat_remote_key){
		.inside = t->inside, .remote = t->remote, .proto = t->proto};
	b->entry = n;
	b->inbound = t->inbound;
	if (endpoint_equal(&t->far, &t->remote))
		return b;
	if (!remote_rare_get(b)) {
		free(b);
		return NULL;
	}
	b->rare->far = t->far;
	return b;
}

void nat_remote_drop(struct nat_remote *b)
{
	free(b->rare);
	free(b);
}
