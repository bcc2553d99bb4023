/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * STUN transactions that captures hold: the same id at two places is the same packet (RFC 8489
 * section 5), and what a NAT has changed in between tells which end is inside.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_TRANSACTIONS_H
#define P2PSCOPE_SOURCE_CAPTURE_TRANSACTIONS_H

#include "source/capture/endpoints.h"
#include "source/capture/table.h"

#define TRANSACTIONS_MAX 65536 /* the newest */

/* Where a request was seen. */
struct transaction {
	struct addr src, dst;
};

/* Returns an empty table for table_lookup() and table_free(), NULL when memory is out. */
struct table *transactions_new(void);

/*
 * Looks up the request that a packet holds. Returns NULL when it is no STUN request, or one that is
 * not known; it is then added if `add`.
 */
const struct transaction *transaction_meet(struct table *t, const struct packet_endpoints *ends,
					   bool add);

#endif
