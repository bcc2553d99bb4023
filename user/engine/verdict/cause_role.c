/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both sides keep one ICE role: RFC 8445 section 7.3.1.1. An agent that receives 487 has to switch
 * its role and try again (section 7.2.5.1); as long as both are controlling, or both controlled, no
 * pair is nominated by one and accepted by the other.
 */
#include "engine/verdict/predicates.h"

/* Who switches roles needs one; two cross when both switch at once. */
#define REFUSED_LEAST 3

/* In this phase no check of the host was answered with success, also not after a 487. */
enum finding role_refused(const struct verdict_context *c, struct ruling *r)
{
	u32 refused = c->session->role_refused; /* of one path: the most */

	if (refused < REFUSED_LEAST)
		return FINDING_NONE;
	ruling_say(r, c->facts->last_ns, AT_GATEWAY, EVIDENCE_ROLE_REFUSED, refused);
	return FINDING_HINT;
}

/*
 * The same of errors that refuse the check itself: mostly a wrong ufrag or password (RFC 8489
 * section 9.1.3), which a restart of one side alone leaves behind.
 */
enum finding checks_refused(const struct verdict_context *c, struct ruling *r)
{
	u32 refused = c->session->check_refused;

	if (refused < REFUSED_LEAST)
		return FINDING_NONE;
	ruling_say(r, c->facts->last_ns, AT_GATEWAY, EVIDENCE_CHECKS_REFUSED, refused);
	return FINDING_HINT;
}

/*
 * The data plane tells each role of a direction when it first shows under a USERNAME, so a side
 * that switches back to a role it had before is seen to keep the other one.
 */
enum finding roles_are_the_same(const struct verdict_context *c, struct ruling *r)
{
	const struct session_state *s = c->session;
	const struct facts *f = c->facts;
	u8 role = s->role[OUTBOUND];

	if (role == ICE_ROLE_UNKNOWN || role != s->role[INBOUND] || s->nominated_ns ||
	    f->dtls[OUTBOUND] || f->dtls[INBOUND])
		return FINDING_NONE;
	ruling_say(r, f->last_ns, AT_GATEWAY, EVIDENCE_ROLE_KEPT,
		   role == ICE_ROLE_CONTROLLING ? "controlling" : "controlled");
	return FINDING_HINT;
}
