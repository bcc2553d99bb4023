/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All that the flows of a session show together: what verdicts look at. */
#ifndef P2PSCOPE_ENGINE_VERDICT_FACTS_H
#define P2PSCOPE_ENGINE_VERDICT_FACTS_H

#include "engine/flow.h"
#include "engine/session.h"

/*
 * Indexed by heading where an array. Counted where the host is: a packet that the gateway dropped
 * was not received.
 */
struct facts {
	u32 requests[HEADINGS], answers[HEADINGS]; /* an answer counts in the direction it went */
	u32 left; /* pairs whose checks were seen leaving, or of which only one side can be seen */
	u32 stuck; /* pairs whose checks came in from the host and never left */
	const struct flow *stuck_flow;
	u32 strays; /* the peer's checks that reached the WAN and found no way in */
	const struct flow *stray_flow;
	u32 hellos[HEADINGS];
	u32 dtls[HEADINGS]; /* bits of enum dtls_step */
	u32 dtls_wan[HEADINGS]; /* the same at the WAN */
	u64 secured_ns[HEADINGS]; /* when this side's Finished, or what stands for it, went */
	u64 hello_ns; /* the first ClientHello */
	u16 dtls_max[HEADINGS], check_max[HEADINGS]; /* the largest datagrams, bytes */
	bool media[HEADINGS], rtcp[HEADINGS];
	bool rtp[HEADINGS], rtp_wan[HEADINGS]; /* of the media, what is RTP; the same at the WAN */
	u64 rtp_ns[HEADINGS]; /* its first stream; 0: not told */
	u64 media_ns[HEADINGS];
	u64 opaque[HEADINGS]; /* packets of no protocol that is known here */
	u32 carries; /* bits of enum flow_payload */
	bool unasked[HEADINGS]; /* answers to checks that were not seen */
	u64 request_ns, success_ns, last_ns; /* the latest */
	/* the host's last check that left the WAN, the last answer that came there */
	u64 asked_wan_ns, success_wan_ns;
	u32 requests_wan; /* the host's checks that left the WAN */
	u64 inbound_ns; /* of anything that reached the host */
	u64 outbound_ns; /* of anything that the host sent */
	u64 rtp_last_ns[HEADINGS], rtcp_ns[HEADINGS]; /* the last ones */
	u64 heard_ns; /* of media and data that did */
};

void facts_collect(struct facts *facts, const struct session_state *s);

static inline bool facts_secured(const struct facts *f)
{
	return f->secured_ns[OUTBOUND] && f->secured_ns[INBOUND];
}

/*
 * The host's own check was answered; of a host that makes none (ICE-lite, RFC 8445 section 2.5),
 * the peer's, and it goes on.
 */
static inline bool facts_connected(const struct facts *f)
{
	return f->answers[INBOUND] || (f->answers[OUTBOUND] && !f->requests[OUTBOUND] &&
				       (f->dtls[OUTBOUND] || f->media[OUTBOUND]));
}

#define DTLS_HELLOS (1u << DTLS_CLIENT_HELLO | 1u << DTLS_HELLO_PIECE)

/* Returns whether a ClientHello was seen, be it only at the WAN, and then dropped here. */
static inline bool facts_handshake_begun(const struct facts *f)
{
	return f->hello_ns || (f->dtls_wan[OUTBOUND] | f->dtls_wan[INBOUND]) & DTLS_HELLOS;
}

/* Has anything gone this way? */
static inline bool facts_heard(const struct facts *f, enum heading heading)
{
	return f->requests[heading] || f->answers[heading] || f->unasked[heading] ||
	       f->dtls[heading] || f->media[heading] || f->rtcp[heading] || f->opaque[heading];
}

/* What a client or a server sends only once it was answered (RFC 6347 section 4.2.4). */
#define DTLS_ANSWERED \
	(1u << DTLS_CHANGE_CIPHER | 1u << DTLS_FINISHED | 1u << DTLS_CIPHER13 | 1u << DTLS_DATA)

/* Only one end is seen, and what it sends shows that it hears the other. */
static inline bool facts_one_end(const struct facts *f, enum heading heading)
{
	return !facts_heard(f, !heading) &&
	       (f->unasked[heading] || f->dtls[heading] & DTLS_ANSWERED);
}

/* As many datagrams of no known protocol are no chance: an application's own encryption. */
#define OPAQUE_LEAST 10

static inline bool facts_opaque(const struct facts *f)
{
	return f->opaque[OUTBOUND] >= OPAQUE_LEAST && f->opaque[INBOUND] >= OPAQUE_LEAST;
}

/*
 * Returns what the session carries without DTLS: WireGuard on a pair of ICE, QUIC, RTP that is
 * keyed by signalling (RFC 4568) or not at all, or data of some application.
 */
static inline enum payload facts_payload(const struct facts *f)
{
	if (f->dtls[OUTBOUND] || f->dtls[INBOUND])
		return PAYLOAD_NONE;
	if (f->carries & CARRIES_WIREGUARD)
		return PAYLOAD_WIREGUARD;
	if (f->carries & CARRIES_QUIC)
		return PAYLOAD_QUIC;
	if (f->rtp[OUTBOUND] || f->rtp[INBOUND])
		return PAYLOAD_RTP;
	return facts_opaque(f) ? PAYLOAD_UNKNOWN : PAYLOAD_NONE;
}

/* Reports of both ends although neither sends media yet: both have the keys. */
static inline bool facts_reports(const struct facts *f)
{
	return f->rtcp[OUTBOUND] && f->rtcp[INBOUND] && !f->rtp[OUTBOUND] && !f->rtp[INBOUND];
}

/*
 * Media or data from one side at least, and from the other at least the reports that it receives
 * (RFC 3550 section 6).
 */
static inline bool facts_both_ways(const struct facts *f)
{
	return facts_opaque(f) || facts_reports(f) ||
	       (f->media[OUTBOUND] && (f->media[INBOUND] || f->rtcp[INBOUND])) ||
	       (f->media[INBOUND] && f->rtcp[OUTBOUND]);
}

#endif
