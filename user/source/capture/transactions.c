/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/transactions.h"

#include <string.h>

#include "p2pscope/stun.h"

#define ID_BYTES 12

struct table *transactions_new(void)
{
	return table_new(ID_BYTES, sizeof(struct transaction), TRANSACTIONS_MAX, true);
}

static bool is_request(const u8 *head)
{
	return head && head[0] < 4 && load_be32(head + 4) == STUN_COOKIE &&
	       stun_class_of(load_be16(head)) == STUN_REQUEST;
}

const struct transaction *transaction_meet(struct table *t, const struct packet_endpoints *ends,
					   bool add)
{
	struct transaction fresh = {.src = ends->src.ip, .dst = ends->dst.ip};
	const struct transaction *known;

	if (!is_request(ends->payload))
		return NULL;
	known = table_lookup(t, ends->payload + STUN_HEADER - ID_BYTES);
	if (!known && add)
		table_insert(t, ends->payload + STUN_HEADER - ID_BYTES, &fresh);
	return known;
}
