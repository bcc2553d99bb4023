/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One source, two targets: every case of the pipeline's unit tests once more, with the programs in
 * the kernel beside it. Each packet leaves XDP_PASS or TC_ACT_UNSPEC, is not changed, and has the
 * same consequences as natively.
 */
#define PIPELINE_MIRROR
#define main admission_main
#include "../unit/admission_test.c"
#undef main
#define main stun_event_main
#include "../unit/stun_event_test.c"
#undef main
#define main turn_event_main
#include "../unit/turn_event_test.c"
#undef main
#define main media_main
#include "../unit/media_test.c"
#undef main
#define main dtls_track_main
#include "../unit/dtls_track_test.c"
#undef main
#define main libwebrtc_main
#include "../unit/libwebrtc_test.c"
#undef main
#define main known_flow_main
#include "../unit/known_flow_test.c"
#undef main
#define main dtls_in_stun_main
#include "../unit/dtls_in_stun_test.c"
#undef main
#define main ms_turn_main
#include "../unit/ms_turn_test.c"
#undef main
#define main turn_relay_main
#include "../unit/turn_relay_test.c"
#undef main
#define main turn_channel_main
#include "../unit/turn_channel_test.c"
#undef main
#define main ice_tcp_framing_main
#include "../unit/ice_tcp_framing_test.c"
#undef main
#define main turn_framing_main
#include "../unit/turn_framing_test.c"
#undef main
#define main tunnel_main
#include "../unit/tunnel_test.c"
#undef main
#define main tls_main
#include "../unit/tls_test.c"
#undef main
#define main lower_layers_main
#include "../unit/lower_layers_test.c"
#undef main
#define main fragment_main
#include "../unit/fragment_test.c"
#undef main
#define main icmp_main
#include "../unit/icmp_test.c"
#undef main
#define main untracked_main
#include "../unit/untracked_test.c"
#undef main
#define main liveness_main
#include "../unit/liveness_test.c"
#undef main
#define main conntrack_lookup_main
#include "../unit/conntrack_lookup_test.c"
#undef main
#define main tcp_reset_main
#include "../unit/tcp_reset_test.c"
#undef main

#include "mirror.h"

int main(void)
{
	static int (*const groups[])(void) = {
		admission_main,        stun_event_main, turn_event_main,   media_main,
		dtls_track_main,       known_flow_main, dtls_in_stun_main, libwebrtc_main,
		ms_turn_main,          turn_relay_main, turn_channel_main, ice_tcp_framing_main,
		turn_framing_main,     tunnel_main,     tls_main,          lower_layers_main,
		fragment_main,         icmp_main,       untracked_main,    liveness_main,
		conntrack_lookup_main, tcp_reset_main,
	};
	int failed = 0;

	if (!mirror_open())
		return 1;
	for (mirror_in = MIRROR_XDP; mirror_in <= MIRROR_TC; mirror_in++)
		for (size_t i = 0; i < COUNT(groups); i++)
			failed += groups[i]();
	plane_close(&mirror_plane);
	return failed != 0;
}
