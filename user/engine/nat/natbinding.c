/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A binding by itself. Most are addressed outside as inside, and conntrack says what the packets
 * show: that takes no room.
 */
#include "engine/state.h"

/* NULL when memory is out. */
static struct binding_rare *rare_get(struct binding *b)
{
	if (b->rare)
		return b->rare;
	b->rare = calloc(1, sizeof(*b->rare));
	if (b->rare)
		b->rare->far = b->key.remote;
	return b->rare;
}

const struct endpoint *binding_beyond(const struct binding *b)
{
	return b->rare ? &b->rare->far : &b->key.remote;
}

const struct endpoint *binding_said(const struct binding *b)
{
	static const struct endpoint none;

	return b->said == SAID_OTHER     ? &b->rare->said
	       : b->said == SAID_OUTSIDE ? &b->entry->key.outside
					 : &none;
}

void binding_say(struct binding *b, const struct endpoint *outside)
{
	if (endpoint_equal(outside, &b->entry->key.outside)) {
		b->said = SAID_OUTSIDE;
	} else if (rare_get(b)) {
		b->rare->said = *outside;
		b->said = SAID_OTHER;
	}
}

struct binding *binding_make(struct nat_entry *n, const struct translation *t)
{
	struct binding *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->key = (struct binding_key){.inside = t->inside, .remote = t->remote, .proto = t->proto};
	b->entry = n;
	b->inbound = t->inbound;
	if (endpoint_equal(&t->far, &t->remote))
		return b;
	if (!rare_get(b)) {
		free(b);
		return NULL;
	}
	b->rare->far = t->far;
	return b;
}

void binding_drop(struct binding *b)
{
	free(b->rare);
	free(b);
}
