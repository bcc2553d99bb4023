/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The handshake is over, and no media is to be seen: nobody may want to send any. */
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/time.h"

/* Two consent checks of RFC 7675 section 5.1: who waits for media by then would have sent some. */
#define CONSENT_ANSWERED_NS (10 * NS_PER_S)

static bool speaks_against(const struct verdict_context *c)
{
	return drops_of(c->session->drops, BLOCKED_MEDIA)->count ||
	       media_silent(c->facts, OUTBOUND) || media_silent(c->facts, INBOUND);
}

/* ICE and DTLS are connected: what the client itself calls so (W3C WebRTC section 5.6.3). */
static bool is_connected(const struct verdict_context *c)
{
	return c->session->nominated_ns && c->session->s.times.secured && !speaks_against(c);
}

enum finding consent_holds(const struct verdict_context *c, struct ruling *r)
{
	u64 secured = c->session->s.times.secured, success = c->facts->success_ns;

	if (!is_connected(c) || success < secured + CONSENT_ANSWERED_NS ||
	    c->engine->now > success + CONSENT_ANSWERED_NS)
		return FINDING_NONE;
	ruling_say(r, success, AT_GATEWAY, EVIDENCE_SECURED_HOLDS, (success - secured) / NS_PER_S);
	r->probable = true;
	return FINDING_DECISIVE;
}

/* Who goes on asking in vain would not be silent. */
enum finding hung_up_secured(const struct verdict_context *c, struct ruling *r)
{
	if (!is_connected(c) || !verdict_is_due(c))
		return FINDING_NONE;
	ruling_say(r, c->facts->last_ns, AT_GATEWAY, EVIDENCE_SECURED_QUIET);
	r->probable = true;
	return FINDING_DECISIVE;
}
