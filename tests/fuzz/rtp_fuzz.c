/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/rtp.h"

static struct rtp header(u16 seq)
{
	u8 b[RTP_HEADER] = {0x80, 0x60, (u8)(seq >> 8), (u8)seq, 0, 0, 0, 0, 0, 0, 0, 1};

	return rtp_parse(b);
}

/* Any sequence of numbers: what is expected never shrinks, the highest only goes on. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream s = {0};
	u32 expected, before = 0;

	for (size_t i = 0; i + 2 <= size; i += 2) {
		struct rtp r = header(load_be16(data + i));

		if (!s.packets)
			stream_begin(&s, &r, 100, 0);
		else if (!s.valid)
			stream_prove(&s, &r, 100);
		else
			stream_advance(&s, r.seq);
		expected = s.max_seq - s.first_seq + 1;
		hold(!s.valid || expected >= 2);
		hold(!s.valid || expected >= before);
		hold(expected - before <= RTP_DROPOUT || !s.valid);
		before = s.valid ? expected : 0;
	}
	return 0;
}
