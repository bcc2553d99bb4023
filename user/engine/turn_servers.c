/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <uthash.h>

#include "engine/flow.h"
#include "engine/state.h"
#include "engine/turn_servers.h"

struct turn_server {
	struct addr ip;
	UT_hash_handle hh;
};

bool turn_is_server(const struct engine *e, const struct addr *ip)
{
	struct turn_server *t;

	HASH_FIND(hh, e->turn_servers, ip, sizeof(*ip), t);
	return t;
}

bool flow_is_relayed(const struct engine *e, const struct flow *f)
{
	return f->key.relayed || turn_is_server(e, &flow_remote(f)->ip);
}

void turn_server_add(struct engine *e, const struct addr *ip)
{
	struct turn_server *t;

	if (turn_is_server(e, ip))
		return;
	t = calloc(1, sizeof(*t));
	if (!t)
		return;
	t->ip = *ip;
	HASH_ADD(hh, e->turn_servers, ip, sizeof(t->ip), t);
}

void turn_servers_free(struct engine *e)
{
	struct turn_server *t, *tmp;

	HASH_ITER(hh, e->turn_servers, t, tmp) {
		HASH_DEL(e->turn_servers, t);
		free(t);
	}
}
