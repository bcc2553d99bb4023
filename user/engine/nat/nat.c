/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of struct nat, together. */
#include <stdlib.h>

#include "engine/nat/mapping.h"
#include "engine/nat/nat.h"
#include "engine/nat/nat_state.h"
#include "engine/nat/removed.h"
#include "engine/nat/stitching.h"

struct nat *nat_new(host_profile_fn of_host, mapping_change_fn changed, void *arg)
{
	struct nat *nat = calloc(1, sizeof(*nat));

	if (!nat)
		return NULL;
	nat->profiles.of_host = of_host;
	nat->profiles.arg = arg;
	nat->changed = changed;
	nat->changed_arg = arg;
	if (!nat_table_begin(&nat->table) && !upstream_begin(&nat->upstream))
		return nat;
	nat_free(nat);
	return NULL;
}

void nat_free(struct nat *nat)
{
	if (!nat)
		return;
	stitchings_free(nat);
	nat_removed_free(nat);
	nat_table_free(&nat->table);
	upstream_free(&nat->upstream);
	free(nat);
}

void nat_has_lan(struct nat *nat)
{
	nat->profiles.has_lan = true;
}

void nat_expire(struct nat *nat, u64 now_ns)
{
	nat_mappings_expire(nat, now_ns);
	nat_removed_expire(nat, now_ns);
	upstream_expire(&nat->upstream, now_ns);
}

const struct endpoint *nat_outside_of(const struct nat *nat, u8 proto,
				      const struct endpoint *inside, const struct endpoint *remote)
{
	const struct nat_remote *r = nat_remote_find(&nat->table, proto, inside, remote);

	return r ? &r->mapping->key.outside : NULL;
}

u32 nat_outside_count(const struct nat *nat, u8 proto, const struct endpoint *inside)
{
	const struct nat_mapping *m = nat_mapping_by_inside(&nat->table, proto, inside);
	u32 count = 0;

	for (u32 looked = 0; m && looked < NAT_OUTSIDES_MAX; m = m->after, looked++)
		count += !m->plain;
	return count;
}

const struct nat_profile *nat_profile_of_all(const struct nat *nat, const struct addr *ip)
{
	return &nat->profiles.all[!addr_is_v4(ip)];
}
