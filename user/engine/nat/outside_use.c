/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>

#include "engine/nat/outside_use.h"
#include "p2pscope/event.h"

static struct outside_use *outside_use_find(struct outside_use *uses, const struct addr *ip)
{
	struct outside_use *use;

	HASH_FIND(hh, uses, ip, sizeof(*ip), use);
	return use;
}

void outside_use_begins(struct outside_use **uses, const struct addr *ip, u32 proto)
{
	struct outside_use *use = outside_use_find(*uses, ip);

	if (!use) {
		use = calloc(1, sizeof(*use));
		if (!use)
			return;
		use->ip = *ip;
		HASH_ADD(hh, *uses, ip, sizeof(use->ip), use);
	}
	use->ports[proto == PROTO_TCP]++;
}

void outside_use_ends(struct outside_use **uses, const struct addr *ip, u32 proto)
{
	struct outside_use *use = outside_use_find(*uses, ip);

	if (use && use->ports[proto == PROTO_TCP])
		use->ports[proto == PROTO_TCP]--;
	if (!use || use->ports[0] || use->ports[1])
		return;
	HASH_DEL(*uses, use);
	free(use);
}
