/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>

#include "output/json_course.h"
#include "output/json_session.h"
#include "output/json_value.h"
#include "util/text.h"

static json_t *json_ip(bool known, const struct addr *ip)
{
	return known ? json_addr(ip) : json_null();
}

/* Milliseconds, out of microseconds; 0: not known */
static json_t *json_ms(u32 us)
{
	return us ? json_real((double)us / 1000) : json_null();
}

static json_t *json_ufrag(struct ufrag ufrag)
{
	char text[4 * UFRAG_MAX + 1];

	if (!ufrag.len)
		return json_null();
	return json_string(text_bytes(text, sizeof(text), ufrag.bytes, ufrag.len));
}

static json_t *json_ufrags(const struct session *session)
{
	if (!session->ufrag_len[0] && !session->ufrag_len[1])
		return json_null();
	return json_pack("[o o]", json_ufrag(session_ufrag(session, 0)),
			 json_ufrag(session_ufrag(session, 1)));
}

static json_t *json_family(const struct session *session)
{
	return json_word(session->family == 4 ? "ipv4" : session->family == 6 ? "ipv6" : NULL);
}

static json_t *json_session_path(const struct session *session)
{
	if (!session->path_known)
		return json_pack("{sn sn sn so sn}", "local", "remote", "transport", "family",
				 json_family(session), "relayed");
	return json_pack("{so so so so sb}", "local",
			 json_list_word(WORDS_CANDIDATES, session->path_local), "remote",
			 json_list_word(WORDS_CANDIDATES, session->path_remote), "transport",
			 json_word(words_transport(session->path_proto)), "family",
			 json_family(session), "relayed", session->path_relayed);
}

static json_t *json_times(const struct session_times *times)
{
	return json_pack("{so so so so so}", "first", json_time(times->first), "connected",
			 json_time(times->connected), "secured", json_time(times->secured), "media",
			 json_time(times->media), "last", json_time(times->last));
}

static json_t *json_time_to_connect(const struct session_times *times)
{
	if (!times->connected || !times->first || times->connected < times->first)
		return json_null();
	return json_real((double)((times->connected - times->first) / 1000) / 1000);
}

static json_t *json_pair(const struct pair *pair)
{
	return json_pack("{so so so so so sb so so}", "local", json_endpoint(&pair->local),
			 "mapped", json_endpoint(&pair->mapped), "remote",
			 json_endpoint(&pair->remote), "relay", json_endpoint(&pair->relay),
			 "state", json_list_word(WORDS_PAIR_STATES, pair->state), "nominated",
			 pair->nominated, "rtt_ms", json_ms(pair->rtt_us), "rtt_lan_ms",
			 json_ms(pair->rtt_lan_us));
}

static json_t *json_pairs(const struct session *session)
{
	json_t *list = json_array();

	for (u32 i = 0; i < session->npairs; i++)
		json_append(&list, json_pair(&session->pairs[i]));
	return list;
}

/* DTLS counts its versions downwards from 0xfeff, which is 1.0; there is no 1.1. */
static json_t *json_dtls_version(u16 version)
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
static json_t *json_srtp_profile(u16 profile)
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

static json_t *json_dtls(const struct dtls_view *dtls)
{
	bool timed = dtls->state == DTLS_CONNECTED && dtls->handshake_ms != UNKNOWN_MS;

	return json_pack("{so so so so so}", "state",
			 json_list_word(WORDS_DTLS_STATES, dtls->state), "version",
			 json_dtls_version(dtls->version), "srtp_profile",
			 json_srtp_profile(dtls->srtp_profile), "handshake_ms",
			 timed ? json_integer(dtls->handshake_ms) : json_null(), "alert",
			 dtls->alert_seen ? json_integer(dtls->alert) : json_null());
}

/* null when it is not known */
static json_t *real_or_null(bool known, double value)
{
	return known ? json_real(value) : json_null();
}

static json_t *json_encrypted(const struct media_view *media)
{
	if (media->data || media->encryption == ENCRYPTION_SEEN)
		return json_true();
	return media->encryption == ENCRYPTION_NONE ? json_false() : json_null();
}

/* What only RTP shows, by its sequence numbers and time stamps. */
static void put_rtp(json_t **object, const struct media_view *media)
{
	json_put(object, "bytes", json_integer((json_int_t)media->bytes));
	json_put(object, "lost", json_integer(media->lost));
	json_put(object, "lost_here", json_integer(media->lost_here));
	json_put(object, "duplicates", json_integer(media->duplicates));
	json_put(object, "reordered", json_integer(media->reordered));
	json_put(object, "one_way", json_boolean(media->one_way));
	json_put(object, "freezes", json_integer(media->freezes));
	json_put(object, "longest_gap_ms", json_real((double)media->longest_gap_ns / 1e6));
	json_put(object, "jitter_ms",
		 real_or_null(media->jitter_known && !media->stopped,
			      (double)media->jitter_ns / 1e6));
	json_put(object, "clock_rate",
		 media->clock_rate ? json_integer(media->clock_rate) : json_null());
	json_put(object, "bitrate_kbps",
		 real_or_null(media->rate_ns && !media->stopped,
			      (double)media->rate_bytes * 8e6 / (double)media->rate_ns));
}

/* The payload of a data channel cannot be told apart from DTLS' own overhead. */
static void put_unknown(json_t **object)
{
	static const char *const unknown[] = {
		"bytes",   "lost",      "lost_here",      "duplicates", "reordered",   "one_way",
		"freezes", "jitter_ms", "longest_gap_ms", "clock_rate", "bitrate_kbps"};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		json_put(object, unknown[i], json_null());
}

static json_t *json_stream(const struct media_view *media)
{
	bool srtp =
		media->encryption == ENCRYPTION_SEEN || media->encryption == ENCRYPTION_EXPECTED;
	json_t *object = json_pack("{so ss ss so sI}", "ssrc",
				   media->data ? json_null() : json_sprintf("0x%08x", media->ssrc),
				   "direction", media->dir == MEDIA_OUT ? "out" : "in", "kind",
				   media->data ? "data"
				   : srtp      ? "srtp"
					       : "rtp",
				   "encrypted", json_encrypted(media), "packets",
				   (json_int_t)media->packets);

	json_put(&object, "last", json_time(media->last_ns));
	if (media->data)
		put_unknown(&object);
	else
		put_rtp(&object, media);
	return object;
}

static json_t *json_streams(const struct session *session)
{
	json_t *list = json_array();

	for (u32 i = 0; i < session->nmedia; i++)
		json_append(&list, json_stream(&session->media[i]));
	return list;
}

static json_t *json_evidence(const struct session *session)
{
	json_t *list = json_array();

	for (u32 i = 0; i < session->nevidence; i++) {
		const struct evidence *item = &session->evidence[i];

		json_append(&list, json_pack("{so so so so}", "t", json_time(item->time_ns), "at",
					     json_list_word(WORDS_POINTS, item->at), "code",
					     json_list_word(WORDS_EVIDENCE, item->code), "what",
					     json_words(item->text)));
	}
	return list;
}

/* The rule of that index; null for NO_RULE. */
static json_t *json_rule_at(const struct engine_view *view, u32 index)
{
	return index < view->nrules ? json_rule(&view->rules[index].rule) : json_null();
}

static json_t *json_degraded(const struct engine_view *view, const struct session *session)
{
	if (session->degraded == CAUSE_NONE)
		return json_null();
	return json_pack("{so so}", "cause", json_list_word(WORDS_CAUSES, session->degraded),
			 "rule", json_rule_at(view, session->degraded_rule));
}

static void put_verdict(json_t **object, const struct engine_view *view,
			const struct session *session)
{
	json_put(object, "id", json_sprintf("%016llx", session->id));
	json_put(object, "verdict", json_list_word(WORDS_VERDICTS, session->verdict));
	json_put(object, "confidence", json_string(session->probable ? "probable" : "certain"));
	json_put(object, "where", json_list_word(WORDS_WHERES, session->where));
	json_put(object, "cause", json_list_word(WORDS_CAUSES, session->cause));
	json_put(object, "stage", json_list_word(WORDS_STAGES, session->stage));
	json_put(object, "degraded", json_degraded(view, session));
}

json_t *json_session(const struct engine_view *view, const struct session *session)
{
	json_t *object = json_object();

	put_verdict(&object, view, session);
	json_put(&object, "host", json_ip(session->has_host, &session->host));
	json_put(&object, "peer", json_ip(session->has_peer, &session->peer));
	json_put(&object, "ufrags", json_ufrags(session));
	json_put(&object, "path", json_session_path(session));
	json_put(&object, "times", json_times(&session->times));
	json_put(&object, "time_to_connect_ms", json_time_to_connect(&session->times));
	json_put(&object, "rule", json_rule_at(view, session->rule));
	put_course(&object, view, session);
	json_put(&object, "pairs", json_pairs(session));
	json_put(&object, "dtls", json_dtls(&session->dtls));
	json_put(&object, "payload",
		 session->payload ? json_list_word(WORDS_PAYLOADS, session->payload) : json_null());
	json_put(&object, "media", json_streams(session));
	json_put(&object, "evidence", json_evidence(session));
	return object;
}
