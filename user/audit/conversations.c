/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/conversations.h"
#include "audit/test_list.h"

#define HOST_PORT 54871 /* an ephemeral port, as systems assign them */
#define PEER_PORT 61317
#define LOW_PORT 1027 /* a port of the peer that a carrier's NAT may have assigned */

enum { SYN = 2, PSH = 8, ACK = 16 };

/* Media goes only where checks have gone before. */
#define CHECKED                                                       \
	{"Binding request", STEP_OUT, 0, ice_check},                  \
	{                                                             \
		"Binding success response", STEP_IN, 0, ice_answer_in \
	}

#define CONNECTED                                                            \
	{"SYN", STEP_OUT, SYN, NULL}, {"SYN-ACK", STEP_IN, SYN | ACK, NULL}, \
	{                                                                    \
		"ACK", STEP_OUT, ACK, NULL                                   \
	}

#define ALLOCATED(flags)                                                                   \
	{"Allocate request", STEP_OUT, flags, turn_allocate},                              \
		{"Allocate error response, 401", STEP_IN, flags, turn_unauthorized},       \
		{"Allocate request, authenticated", STEP_OUT, flags, turn_allocate_again}, \
	{                                                                                  \
		"Allocate success response", STEP_IN, flags, turn_allocated                \
	}

static const struct conversation_step stun[] = {
	{"Binding request", STEP_OUT, 0, stun_request},
	{"Binding success response", STEP_IN, 0, stun_response},
	{NULL},
};

static const struct conversation_step turn[] = {
	{"Binding request", STEP_OUT, 0, stun_request},
	{"Binding success response", STEP_IN, 0, stun_response},
	ALLOCATED(0),
	{"CreatePermission request", STEP_OUT, 0, turn_permission},
	{"CreatePermission success response", STEP_IN, 0, turn_permitted},
	{NULL},
};

static const struct conversation_step turn_tcp[] = {CONNECTED, ALLOCATED(PSH | ACK), {NULL}};

static const struct conversation_step turn_tls[] = {
	CONNECTED,
	{"ClientHello", STEP_OUT, PSH | ACK, tls_hello},
	{"ServerHello", STEP_IN, PSH | ACK, tls_server_hello},
	{"Finished", STEP_OUT, PSH | ACK, tls_finished},
	{"application data", STEP_IN, PSH | ACK, tls_data},
	{"application data", STEP_OUT, PSH | ACK, tls_data},
	{NULL},
};

static const struct conversation_step channel[] = {
	ALLOCATED(0),
	{"ChannelBind request", STEP_OUT, 0, turn_bind},
	{"ChannelBind success response", STEP_IN, 0, turn_bound},
	{"ChannelData, ClientHello", STEP_OUT, 0, turn_channel_hello},
	{"ChannelData, SRTP", STEP_OUT, 0, turn_channel_data},
	{"ChannelData, SRTP", STEP_IN, 0, turn_channel_data},
	{NULL},
};

static const struct conversation_step checks[] = {
	CHECKED,
	{"Binding request", STEP_IN, 0, ice_check},
	{"Binding success response", STEP_OUT, 0, ice_answer_out},
	{NULL},
};

static const struct conversation_step checks_low[] = {
	{"Binding request to a low port", STEP_OUT, 0, ice_check},
	{"Binding success response from a low port", STEP_IN, 0, ice_answer_in},
	{NULL},
};

static const struct conversation_step checks_in[] = {
	CHECKED,
	{"Binding request from another address", STEP_IN_OTHER, 0, ice_check},
	{NULL},
};

static const struct conversation_step dtls[] = {
	CHECKED,
	{"ClientHello", STEP_OUT, 0, dtls_hello},
	{"HelloVerifyRequest", STEP_IN, 0, dtls_verify},
	{"ClientHello with cookie", STEP_OUT, 0, dtls_hello_again},
	{"ServerHello and Certificate", STEP_IN, 0, dtls_server_flight},
	{"Certificate and Finished", STEP_OUT, 0, dtls_client_flight},
	{"Finished", STEP_IN, 0, dtls_finished},
	{NULL},
};

static const struct conversation_step dtls_large[] = {
	CHECKED,
	{"ClientHello, first datagram", STEP_OUT, 0, dtls_large_first},
	{"ClientHello, second datagram", STEP_OUT, 0, dtls_large_second},
	{"ServerHello", STEP_IN, 0, dtls_large_answer},
	{"Certificate and Finished", STEP_IN, 0, dtls_large_rest},
	{"Certificate and Finished", STEP_OUT, 0, dtls_large_rest},
	{NULL},
};

static const struct conversation_step srtp[] = {
	CHECKED,
	{"SRTP, video", STEP_OUT, 0, srtp_video},
	{"SRTP, video", STEP_IN, 0, srtp_video},
	{"SRTP, audio", STEP_OUT, 0, srtp_audio},
	{"SRTP, audio", STEP_IN, 0, srtp_audio},
	{NULL},
};

static const struct conversation_step srtcp[] = {
	CHECKED,
	{"SRTCP sender report", STEP_OUT, 0, srtcp_sender},
	{"SRTCP receiver report", STEP_IN, 0, srtcp_receiver},
	{NULL},
};

static const struct conversation_step data[] = {
	CHECKED,
	{"DTLS application data", STEP_OUT, 0, dtls_data},
	{"DTLS application data", STEP_IN, 0, dtls_data},
	{NULL},
};

static const struct conversation_step too_big[] = {
	CHECKED,
	{"SRTP, video", STEP_OUT, 0, srtp_video},
	{"ICMP too big", STEP_TOO_BIG, 0, srtp_video},
	{NULL},
};

static const struct conversation_step idle[] = {CHECKED, {NULL}};

static const struct conversation_step mtu[] = {
	CHECKED,
	{"1280 bytes", STEP_OUT, 0, srtp_1280},
	{"1280 bytes", STEP_IN, 0, srtp_1280},
	{NULL},
};

const struct audit_conversation conversations[] = {
	{TEST_STUN_3478, PROTO_UDP, true, false, HOST_PORT, 3478, turn},
	{TEST_STUN_19302, PROTO_UDP, true, false, HOST_PORT, 19302, stun},
	{TEST_TURN_TCP_3478, PROTO_TCP, true, false, HOST_PORT, 3478, turn_tcp},
	{TEST_TURN_TLS_443, PROTO_TCP, true, false, HOST_PORT, 443, turn_tls},
	{TEST_TURN_TLS_5349, PROTO_TCP, true, false, HOST_PORT, 5349, turn_tls},
	{TEST_CHANNEL_DATA, PROTO_UDP, true, false, HOST_PORT, 3478, channel},
	{TEST_CHECKS, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, checks},
	{TEST_CHECKS, PROTO_UDP, false, false, HOST_PORT, LOW_PORT, checks_low},
	{TEST_CHECKS_IN, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, checks_in},
	{TEST_DTLS, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, dtls},
	{TEST_DTLS_LARGE, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, dtls_large},
	{TEST_SRTP, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, srtp},
	{TEST_SRTCP, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, srtcp},
	{TEST_DATA, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, data},
	{TEST_TOO_BIG, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, too_big},
	{TEST_IDLE, PROTO_UDP, false, false, HOST_PORT, PEER_PORT, idle},
	{TEST_MTU, PROTO_UDP, false, true, HOST_PORT, PEER_PORT, mtu},
	{.steps = NULL},
};
