/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "engine/local.h"
#include "engine/state.h"

struct local_addr {
	struct hash_link link;
	struct addr ip;
	struct flow *flows; /* the oldest first */
};

struct local_table {
	struct hash_index by_ip;
};

int locals_begin(struct engine *e)
{
	e->locals = calloc(1, sizeof(*e->locals));
	if (!e->locals)
		return -ENOMEM;
	return index_begin(&e->locals->by_ip,
			   (s32)offsetof(struct local_addr, ip) -
				   (s32)offsetof(struct local_addr, link),
			   sizeof(struct addr));
}

void locals_free(struct engine *e)
{
	if (!e->locals)
		return;
	index_free(&e->locals->by_ip);
	free(e->locals);
}

static struct local_addr *local_find(const struct engine *e, const struct addr *ip)
{
	return INDEXED(index_find(&e->locals->by_ip, ip), struct local_addr, link);
}

struct flow *local_flows(const struct engine *e, const struct addr *local)
{
	const struct local_addr *l = local_find(e, local);

	return l ? l->flows : NULL;
}

bool local_join(struct engine *e, struct flow *f)
{
	struct local_addr *l = local_find(e, &flow_local(f)->ip);

	if (!l) {
		l = calloc(1, sizeof(*l));
		if (!l)
			return false;
		l->ip = flow_local(f)->ip;
		index_add(&e->locals->by_ip, &l->link);
	}
	DL_APPEND2(l->flows, f, before, after);
	return true;
}

void local_leave(struct engine *e, struct flow *f)
{
	struct local_addr *l = local_find(e, &flow_local(f)->ip);

	DL_DELETE2(l->flows, f, before, after);
	if (l->flows)
		return;
	index_remove(&e->locals->by_ip, &l->link);
	free(l);
}
