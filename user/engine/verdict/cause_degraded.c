/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session works by a relay or by TCP: what this gateway dropped of a better path before. */
#include "engine/cover.h"
#include "engine/hosts.h"
#include "engine/verdict/predicates.h"
#include "util/address.h"

#define STUCK_LEAST 3 /* checks; fewer may be lost by chance */

/* What is dropped once the session works is not why it had no better path. */
static bool was_before(const struct verdict_context *c, const struct drop_sum *d)
{
	u64 connected = c->session->s.times.connected;

	return d->count && (!connected || d->first_ns < connected);
}

enum finding direct_dropped(const struct verdict_context *c, struct ruling *r)
{
	const struct drop_sum *d = drops_of(c->session->drops, BLOCKED_CHECK);

	if (!was_before(c, d) || d->heading != OUTBOUND)
		return FINDING_NONE;
	ruling_blame(r, d, BLOCKED_CHECK);
	return FINDING_HINT;
}

enum finding servers_dropped(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = context_host(c);

	if (!h || !was_before(c, &h->gather_drop) || !context_in_window(c, h->gather_drop.last_ns))
		return FINDING_NONE;
	ruling_blame(r, &h->gather_drop, BLOCKED_TURN);
	return FINDING_HINT;
}

/* Where a relay answers at once there are few checks: what was asked of servers counts, too. */
static u32 stuck_requests(const struct verdict_context *c)
{
	const struct host *h = context_host(c);
	u32 checks = flow_covered_checks(c->facts->stuck_flow).count;

	return h && checks ? checks + servers_vain_udp(&h->tries) : checks;
}

enum finding direct_stuck(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	(void)r;
	return f->stuck && stuck_requests(c) >= STUCK_LEAST &&
			       !addr_is_private(&flow_remote(f->stuck_flow)->ip)
		       ? FINDING_HINT
		       : FINDING_NONE;
}
