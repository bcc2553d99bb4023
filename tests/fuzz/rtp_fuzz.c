/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/stream.h"

static struct rtp check_header(u16 seq, u16 time)
{
	u8 b[RTP_HEADER] = {
		0x80, 0x60, (u8)(seq >> 8), (u8)seq, (u8)(time >> 8), (u8)time, 0, 0, 0, 0, 0, 1};

	return rtp_parse(b);
}

/*
 * Any sequence of numbers, at any times: the expected count never shrinks, the highest number only
 * grows, and no more packets arrive than were expected, duplicated or late.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream s = {0};
	struct stream_rare rare = {0};
	u32 expected, before = 0;
	u64 now = 0;

	for (size_t i = 0; i + 6 <= size; i += 6) {
		struct rtp r = check_header(load_be16(data + i), load_be16(data + i + 2));

		now += (u64)load_be16(data + i + 4) << 16;
		if (!s.packets) {
			stream_begin(&s, &rare, &r, 100, 0, now);
		} else if (!s.valid) {
			stream_prove(&s, &rare, &r, 100, now);
		} else {
			stream_advance(&s, &rare, &r, now, data[i + 5] & 1);
			s.packets++;
		}
		expected = s.max_seq - rare.first_seq + 1;
		hold(!s.valid || expected >= 2);
		hold(!s.valid || expected >= before);
		hold(expected - before <= RTP_DROPOUT || !s.valid);
		hold(!s.valid || s.packets <= expected + rare.duplicates + rare.reordered);
		hold(s.jitter / 16 <= STREAM_JUMP && rare.freezes < s.packets);
		before = s.valid ? expected : 0;
	}
	return 0;
}
