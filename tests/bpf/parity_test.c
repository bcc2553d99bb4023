/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One source, two targets: every case of the pipeline's unit tests once more, with the programs in
 * the kernel beside it. Each packet leaves XDP_PASS or TC_ACT_UNSPEC, is not changed, and has the
 * same consequences as natively.
 */
#define PIPE_PARITY
#define main admission_main
#include "../unit/admission_test.c"
#undef main
#define main told_main
#include "../unit/told_test.c"
#undef main
#define main told_turn_main
#include "../unit/told_turn_test.c"
#undef main
#define main media_main
#include "../unit/media_test.c"
#undef main
#define main handshake_main
#include "../unit/handshake_test.c"
#undef main
#define main libwebrtc_main
#include "../unit/libwebrtc_test.c"
#undef main
#define main beside_main
#include "../unit/beside_test.c"
#undef main
#define main sped_main
#include "../unit/sped_test.c"
#undef main
#define main ms_turn_main
#include "../unit/ms_turn_test.c"
#undef main
#define main relay_main
#include "../unit/relay_test.c"
#undef main
#define main channel_main
#include "../unit/channel_test.c"
#undef main
#define main framing_main
#include "../unit/framing_test.c"
#undef main
#define main turn_stream_main
#include "../unit/turn_stream_test.c"
#undef main
#define main tunnel_main
#include "../unit/tunnel_test.c"
#undef main
#define main tls_main
#include "../unit/tls_test.c"
#undef main
#define main below_main
#include "../unit/below_test.c"
#undef main
#define main fragment_main
#include "../unit/fragment_test.c"
#undef main
#define main icmp_main
#include "../unit/icmp_test.c"
#undef main
#define main stranger_main
#include "../unit/stranger_test.c"
#undef main
#define main answered_main
#include "../unit/answered_test.c"
#undef main
#define main nat_main
#include "../unit/nat_test.c"
#undef main
#define main reset_main
#include "../unit/reset_test.c"
#undef main

#include "parity.h"

int main(void)
{
	static int (*const groups[])(void) = {
		admission_main, told_main,     told_turn_main,   media_main,    handshake_main,
		beside_main,    sped_main,     libwebrtc_main,   ms_turn_main,  relay_main,
		channel_main,   framing_main,  turn_stream_main, tunnel_main,   tls_main,
		below_main,     fragment_main, icmp_main,        stranger_main, answered_main,
		nat_main,       reset_main,
	};
	int failed = 0;

	if (!parity_open())
		return 1;
	for (parity_in = PARITY_XDP; parity_in <= PARITY_TC; parity_in++)
		for (size_t i = 0; i < COUNT(groups); i++)
			failed += groups[i]();
	prog_run_close(&parity_run);
	return failed != 0;
}
