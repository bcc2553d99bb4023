/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/evidence_codes.h"
#include "engine/names.h"
#include "engine/verdict/causes.h"

#define WORD(name, word) [name] = word,

static const char *const classes[] = {P2PSCOPE_CLASSES(WORD)};
static const char *const carriers[] = {P2PSCOPE_CARRIERS(WORD)};
static const char *const stages[] = {P2PSCOPE_STAGES(WORD)};
static const char *const verdicts[] = {P2PSCOPE_VERDICTS(WORD)};
static const char *const wheres[] = {P2PSCOPE_WHERES(WORD)};
static const char *const payloads[] = {P2PSCOPE_PAYLOADS(WORD)};
static const char *const course[] = {P2PSCOPE_COURSE(WORD)};
static const char *const reasons[] = {P2PSCOPE_REASONS(WORD)};
static const char *const maps[] = {P2PSCOPE_MAPS(WORD)};
static const char *const mapping_kinds[] = {P2PSCOPE_MAPPING_KINDS(WORD)};
static const char *const mapping_ends[] = {P2PSCOPE_MAPPING_ENDS(WORD)};
static const char *const behaviours[] = {P2PSCOPE_BEHAVIOURS(WORD)};
static const char *const upstreams[] = {P2PSCOPE_UPSTREAMS(WORD)};
static const char *const meanings[] = {P2PSCOPE_MEANINGS(WORD)};

static const char *const candidates[] = {
	[CANDIDATE_UNKNOWN] = "",    [CANDIDATE_HOST] = "host",   [CANDIDATE_SRFLX] = "srflx",
	[CANDIDATE_PRFLX] = "prflx", [CANDIDATE_RELAY] = "relay",
};

static const char *const pair_states[] = {
	[PAIR_CHECKING] = "checking",
	[PAIR_SUCCEEDED] = "succeeded",
	[PAIR_FAILED] = "failed",
};

static const char *const dtls_states[] = {
	[DTLS_NONE] = "none",
	[DTLS_NEW] = "new",
	[DTLS_CONNECTED] = "connected",
	[DTLS_FAILED] = "failed",
};

static const char *const media_kinds[] = {
	[MEDIA_KIND_RTP] = "rtp",   [MEDIA_KIND_SRTP] = "srtp",     [MEDIA_KIND_RTCP] = "rtcp",
	[MEDIA_KIND_DATA] = "data", [MEDIA_KIND_CHECKS] = "checks", [MEDIA_KIND_ALL] = "all",
};

static const char *const points[] = {
	[AT_LAN_IN] = "lan-in",   [AT_LAN_OUT] = "lan-out", [AT_WAN_IN] = "wan-in",
	[AT_WAN_OUT] = "wan-out", [AT_GATEWAY] = "gateway",
};

#define CAUSE_WORD(name, word, verdict, where, means, evidence, advice) [name] = word,

static const char *const causes[] = {P2PSCOPE_CAUSES(CAUSE_WORD)};

#define EVIDENCE_WORD(name, word, format) [name] = word,

static const char *const evidence_codes[] = {P2PSCOPE_EVIDENCE(EVIDENCE_WORD)};

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static const struct {
	const char *const *words;
	size_t count;
} lists[WORDS_LISTS] = {
	[WORDS_CLASSES] = {classes, COUNT(classes)},
	[WORDS_CARRIERS] = {carriers, COUNT(carriers)},
	[WORDS_STAGES] = {stages, COUNT(stages)},
	[WORDS_VERDICTS] = {verdicts, COUNT(verdicts)},
	[WORDS_WHERES] = {wheres, COUNT(wheres)},
	[WORDS_CAUSES] = {causes, COUNT(causes)},
	[WORDS_REASONS] = {reasons, COUNT(reasons)},
	[WORDS_MAPS] = {maps, COUNT(maps)},
	[WORDS_CANDIDATES] = {candidates, COUNT(candidates)},
	[WORDS_PAIR_STATES] = {pair_states, COUNT(pair_states)},
	[WORDS_DTLS_STATES] = {dtls_states, COUNT(dtls_states)},
	[WORDS_POINTS] = {points, COUNT(points)},
	[WORDS_EVIDENCE] = {evidence_codes, COUNT(evidence_codes)},
	[WORDS_MAPPING_KINDS] = {mapping_kinds, COUNT(mapping_kinds)},
	[WORDS_MAPPING_ENDS] = {mapping_ends, COUNT(mapping_ends)},
	[WORDS_BEHAVIOURS] = {behaviours, COUNT(behaviours)},
	[WORDS_UPSTREAMS] = {upstreams, COUNT(upstreams)},
	[WORDS_MEANINGS] = {meanings, COUNT(meanings)},
	[WORDS_PAYLOADS] = {payloads, COUNT(payloads)},
	[WORDS_COURSE] = {course, COUNT(course)},
	[WORDS_MEDIA_KINDS] = {media_kinds, COUNT(media_kinds)},
};

const char *words_name(enum words_list list, unsigned int value)
{
	return value < lists[list].count ? lists[list].words[value] : NULL;
}

int words_value(enum words_list list, const char *word)
{
	for (size_t i = 0; i < lists[list].count; i++)
		if (*word && !strcmp(lists[list].words[i], word))
			return (int)i;
	return -ENOENT;
}

const char *words_transport(unsigned int proto)
{
	switch (proto) {
	case PROTO_UDP:
		return "udp";
	case PROTO_TCP:
		return "tcp";
	case PROTO_TLS:
		return "tls";
	default:
		return NULL;
	}
}

const char *words_method(unsigned int method)
{
	static const struct {
		unsigned int method;
		const char *name;
	} methods[] = {
		{STUN_BINDING, "binding"},
		{STUN_ALLOCATE, "allocate"},
		{STUN_REFRESH, "refresh"},
		{STUN_SEND, "send"},
		{STUN_DATA, "data"},
		{STUN_CREATE_PERMISSION, "create-permission"},
		{STUN_CHANNEL_BIND, "channel-bind"},
		{STUN_CONNECT, "connect"},
		{STUN_CONNECTION_BIND, "connection-bind"},
		{STUN_CONNECTION_ATTEMPT, "connection-attempt"},
		{STUN_GOOG_PING, "goog-ping"},
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return "other";
}
