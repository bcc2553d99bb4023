/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>

#include "output/json_media.h"
#include "output/json_rule.h"
#include "output/json_session.h"
#include "output/json_value.h"
#include "util/text.h"

static json_t *json_ip(bool known, const struct addr *ip)
{
	return known ? json_addr(ip) : json_null();
}

/* Microseconds in milliseconds; 0 is not known. */
static json_t *json_ms(u32 us)
{
	return us ? json_real((double)us / 1000) : json_null();
}

static json_t *ufrag(struct ufrag ufrag)
{
	char text[4 * UFRAG_MAX + 1];

	if (!ufrag.len)
		return json_null();
	return json_string(text_bytes(text, sizeof(text), ufrag.bytes, ufrag.len));
}

static json_t *ufrags(const struct session *session)
{
	if (!session->ufrag_len[0] && !session->ufrag_len[1])
		return json_null();
	return json_pack("[o o]", ufrag(session_ufrag(session, 0)),
			 ufrag(session_ufrag(session, 1)));
}

static json_t *family(const struct session *session)
{
	return json_word(session->family == 4 ? "ipv4" : session->family == 6 ? "ipv6" : NULL);
}

static json_t *path(const struct session *session)
{
	if (!session->path_known)
		return json_pack("{sn sn sn so sn}", "local", "remote", "transport", "family",
				 family(session), "relayed");
	return json_pack("{so so so so sb}", "local",
			 json_list_word(WORDS_CANDIDATES, session->path_local), "remote",
			 json_list_word(WORDS_CANDIDATES, session->path_remote), "transport",
			 json_word(words_transport(session->path_proto)), "family", family(session),
			 "relayed", session->path_relayed);
}

static json_t *times(const struct session_times *times)
{
	return json_pack("{so so so so so}", "first", json_time(times->first), "connected",
			 json_time(times->connected), "secured", json_time(times->secured), "media",
			 json_time(times->media), "last", json_time(times->last));
}

static json_t *time_to_connect(const struct session_times *times)
{
	if (!times->connected || !times->first || times->connected < times->first)
		return json_null();
	return json_real((double)((times->connected - times->first) / 1000) / 1000);
}

static json_t *pair(const struct pair *pair)
{
	return json_pack("{so so so so so sb so so}", "local", json_endpoint(&pair->local),
			 "mapped", json_endpoint(&pair->mapped), "remote",
			 json_endpoint(&pair->remote), "relay", json_endpoint(&pair->relay),
			 "state", json_list_word(WORDS_PAIR_STATES, pair->state), "nominated",
			 pair->nominated, "rtt_ms", json_ms(pair->rtt_us), "rtt_lan_ms",
			 json_ms(pair->rtt_lan_us));
}

static json_t *pairs(const struct session *session)
{
	json_t *list = json_array();

	for (u32 i = 0; i < session->npairs; i++)
		json_array_append_new(list, pair(&session->pairs[i]));
	return list;
}

/* DTLS counts its versions downwards from 0xfeff, which is 1.0; there is no 1.1. */
static json_t *dtls_version(u16 version)
{
	switch (version) {
	case 0:
		return json_null();
	case 0xfeff:
		return json_string("1.0");
	case 0xfefd:
		return json_string("1.2");
	case 0xfefc:
		return json_string("1.3");
	default:
		return json_sprintf("0x%04x", version);
	}
}

/* Names as IANA registers them. */
static json_t *srtp_profile(u16 profile)
{
	static const char *const names[] = {
		[0x0001] = "SRTP_AES128_CM_HMAC_SHA1_80", [0x0002] = "SRTP_AES128_CM_HMAC_SHA1_32",
		[0x0005] = "SRTP_NULL_HMAC_SHA1_80",      [0x0006] = "SRTP_NULL_HMAC_SHA1_32",
		[0x0007] = "SRTP_AEAD_AES_128_GCM",       [0x0008] = "SRTP_AEAD_AES_256_GCM",
	};

	if (!profile)
		return json_null();
	if (profile < sizeof(names) / sizeof(names[0]) && names[profile])
		return json_string(names[profile]);
	return json_sprintf("0x%04x", profile);
}

static json_t *dtls(const struct dtls_view *dtls)
{
	bool connected = dtls->state == DTLS_CONNECTED;

	return json_pack("{so so so so so}", "state",
			 json_list_word(WORDS_DTLS_STATES, dtls->state), "version",
			 dtls_version(dtls->version), "srtp_profile",
			 srtp_profile(dtls->srtp_profile), "handshake_ms",
			 connected ? json_integer(dtls->handshake_ms) : json_null(), "alert",
			 dtls->alert_seen ? json_integer(dtls->alert) : json_null());
}

static json_t *evidence(const struct session *session)
{
	json_t *list = json_array();

	for (u32 i = 0; i < session->nevidence; i++) {
		const struct evidence *item = &session->evidence[i];

		json_array_append_new(list,
				      json_pack("{so so so so}", "t", json_time(item->time_ns),
						"at", json_list_word(WORDS_POINTS, item->at),
						"code", json_list_word(WORDS_EVIDENCE, item->code),
						"what", json_word(item->text)));
	}
	return list;
}

/* The rule of that index; null for NO_RULE. */
static json_t *rule(const struct engine_view *view, u32 index)
{
	return index < view->nrules ? json_rule(&view->rules[index].rule) : json_null();
}

static json_t *degraded(const struct engine_view *view, const struct session *session)
{
	if (session->degraded == CAUSE_NONE)
		return json_null();
	return json_pack("{so so}", "cause", json_list_word(WORDS_CAUSES, session->degraded),
			 "rule", rule(view, session->degraded_rule));
}

static void add_verdict(json_t *object, const struct engine_view *view,
			const struct session *session)
{
	json_object_set_new(object, "id", json_sprintf("%06llx", session->serial));
	json_object_set_new(object, "verdict", json_list_word(WORDS_VERDICTS, session->verdict));
	json_object_set_new(object, "confidence",
			    json_string(session->probable ? "probable" : "certain"));
	json_object_set_new(object, "where", json_list_word(WORDS_WHERES, session->where));
	json_object_set_new(object, "cause", json_list_word(WORDS_CAUSES, session->cause));
	json_object_set_new(object, "stage", json_list_word(WORDS_STAGES, session->stage));
	json_object_set_new(object, "degraded", degraded(view, session));
}

json_t *json_session(const struct engine_view *view, const struct session *session)
{
	json_t *object = json_object();

	if (!object)
		return NULL;
	add_verdict(object, view, session);
	json_object_set_new(object, "host", json_ip(session->has_host, &session->host));
	json_object_set_new(object, "peer", json_ip(session->has_peer, &session->peer));
	json_object_set_new(object, "ufrags", ufrags(session));
	json_object_set_new(object, "path", path(session));
	json_object_set_new(object, "times", times(&session->times));
	json_object_set_new(object, "time_to_connect_ms", time_to_connect(&session->times));
	json_object_set_new(object, "rule", rule(view, session->rule));
	json_object_set_new(object, "pairs", pairs(session));
	json_object_set_new(object, "dtls", dtls(&session->dtls));
	json_object_set_new(object, "media", json_media(session));
	json_object_set_new(object, "evidence", evidence(session));
	return object;
}
