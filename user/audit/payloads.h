/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The messages of WebRTC clients, their peers and servers as they are on the wire. Keys and digests
 * are made up, for a gateway cannot check them. Each function appends one message; the addresses in
 * it are those of the conversation.
 */
#ifndef P2PSCOPE_AUDIT_PAYLOADS_H
#define P2PSCOPE_AUDIT_PAYLOADS_H

#include "audit/packet_builder.h"
#include "p2pscope/types.h"

/* How far a conversation through a gateway has come. */
struct conversation_state {
	u8 version; /* of IP: 4 or 6; 0: it has not begun */
	u8 proto; /* PROTO_UDP or PROTO_TCP */
	struct endpoint host, remote; /* source and destination of what the host sends */
	struct endpoint outside, far; /* the same as it left the gateway */
	struct endpoint peer; /* to whom the host talks through a relay */
	struct endpoint other; /* somebody to whom the host has sent nothing */
	u32 sent, received; /* of TCP: the next sequence number from the host and to it */
};

typedef void payload_fn(struct packet_builder *out, const struct conversation_state *state);

/* RFC 8489: Binding request to a server and its response. */
payload_fn stun_request, stun_response;

/* RFC 8445: a check of either side, the response to the host's check, and the host's response. */
payload_fn ice_check, ice_answer_in, ice_answer_out;

/* RFC 8656: requests and responses of TURN, and ChannelData with a ClientHello or SRTP in it. */
payload_fn turn_allocate, turn_unauthorized, turn_allocate_again, turn_allocated;
payload_fn turn_permission, turn_permitted, turn_bind, turn_bound, turn_channel_hello,
	turn_channel_data;

/* RFC 6347 and 5764: a DTLS 1.2 handshake, each flight in one datagram, and application data. */
payload_fn dtls_hello, dtls_verify, dtls_hello_again, dtls_server_flight, dtls_client_flight,
	dtls_finished;
payload_fn dtls_data;

/*
 * RFC 9147 with a post-quantum key share: the ClientHello in two datagrams, the ServerHello, and
 * the encrypted rest of either side's flight.
 */
payload_fn dtls_large_first, dtls_large_second, dtls_large_answer, dtls_large_rest;

/* RFC 8446: the TLS 1.3 handshake with the server name "turn.example", and application data. */
payload_fn tls_hello, tls_server_hello, tls_finished, tls_data;

/*
 * RFC 3711: 1100 bytes of video, 100 bytes of audio, sender and receiver reports, and the SRTP that
 * makes an IP packet of 1280 bytes.
 */
payload_fn srtp_video, srtp_audio, srtcp_sender, srtcp_receiver, srtp_1280;

#endif
