/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Only a part of the session is seen, or it is inside TLS. */
#include "engine/verdict/predicates.h"

/* Only one direction was seen: what the other end did, or did not, cannot be told. */
enum finding one_end_seen(const struct verdict_context *c, struct ruling *r)
{
	bool host = facts_one_end(c->facts, OUTBOUND);

	if (!host && !facts_one_end(c->facts, INBOUND))
		return FINDING_NONE;
	ruling_say(r, c->facts->last_ns, AT_GATEWAY, EVIDENCE_ONE_DIRECTION, host ? "host" : "peer",
		   host ? "peer" : "host");
	return FINDING_HINT;
}

/* Media seems to go through TURN over TLS: the session has succeeded, most likely. */
enum finding tls_carries_media(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = c->facts->answers[INBOUND] ? NULL : context_host(c);
	char to[ENDPOINT_TEXT];

	if (!h || h->tls_media_ns < c->session->s.times.first)
		return FINDING_NONE;
	ruling_say(r, h->tls_media_ns, AT_GATEWAY, EVIDENCE_TLS_MEDIA,
		   endpoint_text(&h->tls_server, to), *h->tls_name ? " " : "", h->tls_name);
	r->probable = r->through_tls = true;
	return FINDING_HINT;
}
