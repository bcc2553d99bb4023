/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Success over TURN over TLS. Nothing of it can be read (tls.c), so it is probable: no check of the
 * host is answered in clear, while a TLS connection of it carries packets as media does.
 */
#include "engine/hosts.h"
#include "engine/session_evidence.h"
#include "engine/verdict/verdict.h"
#include "util/address.h"

bool judge_tls(struct engine *e, struct session_state *s, const struct facts *f)
{
	struct host *h = host_find(e, &s->s.host);
	char to[ENDPOINT_TEXT];

	if (!h || h->tls_media_ns < s->s.times.first)
		return false;
	session_say(s, h->tls_media_ns, AT_GATEWAY, EVIDENCE_TLS_MEDIA,
		    endpoint_text(&h->tls_server, to), *h->tls_name ? " " : "", h->tls_name);
	s->s.path_known = 1;
	s->s.path_local = CANDIDATE_RELAY;
	s->s.path_proto = PROTO_TLS;
	s->s.path_relayed = 1;
	s->s.probable = 1;
	s->s.degraded = judge_degraded(e, s, f);
	judge_close(s, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE);
	return true;
}
