/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets pass this gateway and none of its hooks: that nothing is seen proves nothing. */
#include "engine/mapping_change.h"
#include "engine/session.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/address.h"
#include "util/time.h"

/* Checks come 6 s apart at most (RFC 7675 section 5.1). */
#define UNSEEN_NS (7 * NS_PER_S)

enum finding packets_offloaded(const struct verdict_context *c, struct ruling *r)
{
	const struct flow *f = session_offloaded_flow(c->session);
	char to[ENDPOINT_TEXT];

	if (!f)
		return FINDING_NONE;
	ruling_say(r, flow_more(f)->offload_ns, AT_GATEWAY, EVIDENCE_OFFLOADED,
		   endpoint_text(flow_remote(f), to),
		   flow_more(f)->offload == OFFLOAD_HARDWARE ? "hardware" : "a flowtable");
	return FINDING_HINT;
}

static bool is_unseen(const struct verdict_context *c, enum heading heading)
{
	return c->engine->now > session_heading_ns(c->session, heading) + UNSEEN_NS;
}

/* A session that worked has its verdict, which a moment without packets does not change. */
enum finding call_offloaded(const struct verdict_context *c, struct ruling *r)
{
	if (!is_unseen(c, OUTBOUND) && !is_unseen(c, INBOUND))
		return FINDING_NONE;
	return packets_offloaded(c, r);
}
