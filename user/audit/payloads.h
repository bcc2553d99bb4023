/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What WebRTC clients, their peers and servers say, as it is on the out. Keys and digests are made
 * up: who stands between cannot check them. Each adds one message to `out`; the addresses in it
 * are those of the conversation.
 */
#ifndef P2PSCOPE_AUDIT_PAYLOADS_H
#define P2PSCOPE_AUDIT_PAYLOADS_H
#include "audit/packet_builder.h"
#include "p2pscope/types.h"

/* A conversation through a gateway, as far as it has come. */
struct conversation_state {
	u8 version; /* 4 or 6 */
	u8 proto; /* PROTO_UDP or PROTO_TCP */
	struct endpoint host, remote; /* as the host sees itself and who it talks to */
	struct endpoint outside, far; /* the same, as what the host sent came out of the gateway */
	struct endpoint peer; /* who the host talks to through a relay */
	struct endpoint other; /* nobody that the host has sent anything to */
	/* of TCP: the sequence numbers that come next, from the host and to it */
	u32 sent, received;
};

typedef void payload_fn(struct packet_builder *out, const struct conversation_state *state);

/* RFC 8489: to a server and from it. */
payload_fn stun_request, stun_response;

/*
 * RFC 8445: a check of either side, and the answers to what the host sent and to what it was sent.
 */
payload_fn ice_check, ice_answer_in, ice_answer_out;

/* RFC 8656. */
payload_fn turn_allocate, turn_unauthorized, turn_allocate_again, turn_allocated;
payload_fn turn_permission, turn_permitted, turn_bind, turn_bound, turn_channel_hello,
	turn_channel_data;

/* RFC 6347 and 5764: a handshake, each flight in one datagram. */
payload_fn dtls_hello, dtls_verify, dtls_hello_again, dtls_server_flight, dtls_client_flight,
	dtls_finished;
payload_fn dtls_data;

/*
 * RFC 9147 with a post-quantum key share: the ClientHello in two datagrams, the answer, what is
 * encrypted then.
 */
payload_fn dtls_large_first, dtls_large_second, dtls_large_answer, dtls_large_rest;

/* RFC 8446, in TCP: 1-RTT handshake with SNI "turn.example", and data behind it. */
payload_fn tls_hello, tls_server_hello, tls_finished, tls_data;

/*
 * RFC 3711: 1100 bytes of video, 100 of audio, as many as make an IP packet of 1280; reports of
 * both sides.
 */
payload_fn srtp_video, srtp_audio, srtcp_sender, srtcp_receiver, srtp_1280;

#endif
