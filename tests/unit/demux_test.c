/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The class of a datagram by its first twelve bytes: both ends of every range of RFC 7983, and
 * datagrams that only look like one.
 */
#include "suite.h"

#include "p2pscope/demux.h"

struct demux_row {
	const char *name, *head;
	u32 len;
	u8 known, stranger; /* class on a flow where STUN was answered, and elsewhere */
};

static const struct demux_row rows[] = {
	{"stun request", "0001 0058 2112a442 b7e7a701", 108, CLASS_STUN, CLASS_STUN},
	{"stun response", "0101 0000 2112a442 b7e7a701", 20, CLASS_STUN, CLASS_STUN},
	{"a cookie does not make 63 stun", "3fff 0000 2112a442 b7e7a701", 20, CLASS_DTLS,
	 CLASS_OTHER},
	{"stun first byte 3", "03ff 0000 2112a442 b7e7a701", 20, CLASS_STUN, CLASS_STUN},
	{"stun first byte 15, of an application's own method", "0f01 0000 2112a442 b7e7a701", 20,
	 CLASS_STUN, CLASS_STUN},
	{"16 is no stun, cookie or not", "1001 0000 2112a442 b7e7a701", 20, CLASS_OTHER,
	 CLASS_OTHER},
	{"stun longer than the datagram", "0001 0059 2112a442 b7e7a701", 108, CLASS_OTHER,
	 CLASS_OTHER},
	{"stun unpadded", "0101 0003 2112a442 b7e7a701", 23, CLASS_STUN, CLASS_STUN},
	{"stun whose length leaves the padding out", "0101 0001 2112a442 b7e7a701", 24, CLASS_STUN,
	 CLASS_STUN},
	{"stun and more behind it", "0101 0004 2112a442 b7e7a701", 29, CLASS_STUN, CLASS_STUN},
	{"stun of an odd length and more behind it", "0101 0001 2112a442 b7e7a701", 25, CLASS_OTHER,
	 CLASS_OTHER},
	{"stun cookie in the other byte order", "0101 0000 42a41221 b7e7a701", 21, CLASS_OTHER,
	 CLASS_OTHER},
	{"goog-ping", "0200 0018 2112a442 b7e7a701", 44, CLASS_STUN, CLASS_STUN},

	{"classic request", "0001 0008 01020304 05060708", 28, CLASS_CLASSIC_STUN,
	 CLASS_CLASSIC_STUN},
	{"classic response", "0101 0024 01020304 05060708", 56, CLASS_CLASSIC_STUN,
	 CLASS_CLASSIC_STUN},
	{"classic error", "0111 0000 01020304 05060708", 20, CLASS_CLASSIC_STUN,
	 CLASS_CLASSIC_STUN},
	{"classic shared secret", "0002 0000 01020304 05060708", 20, CLASS_CLASSIC_STUN,
	 CLASS_CLASSIC_STUN},
	{"classic has no indication", "0011 0000 01020304 05060708", 20, CLASS_OTHER, CLASS_OTHER},
	{"classic has no allocate", "0003 0000 01020304 05060708", 20, CLASS_OTHER, CLASS_OTHER},
	{"by twelve bytes it may be ms-turn", "0003 0008 01020304 05060708", 28, CLASS_CLASSIC_STUN,
	 CLASS_CLASSIC_STUN},
	{"ms-turn data", "0115 0008 01020304 05060708", 28, CLASS_CLASSIC_STUN, CLASS_CLASSIC_STUN},
	{"ms-turn length is exact", "0003 0008 01020304 05060708", 32, CLASS_OTHER, CLASS_OTHER},
	{"classic length is exact", "0001 0008 01020304 05060708", 32, CLASS_OTHER, CLASS_OTHER},
	{"classic length is of fours", "0001 0006 01020304 05060708", 26, CLASS_OTHER, CLASS_OTHER},

	{"zrtp", "1000 0001 5a525450 01020304", 40, CLASS_ZRTP, CLASS_ZRTP},
	{"zrtp 19", "1300 0001 5a525450 01020304", 40, CLASS_ZRTP, CLASS_ZRTP},
	{"zrtp without its cookie", "1000 0001 5a525451 01020304", 40, CLASS_OTHER, CLASS_OTHER},
	{"15", "0f00 0001 5a525450 01020304", 40, CLASS_OTHER, CLASS_OTHER},

	{"dtls 1.2 handshake", "16 fefd 0000 000000000001 00", 113, CLASS_DTLS, CLASS_DTLS},
	{"dtls 1.0 hello", "16 feff 0000 000000000000 00", 113, CLASS_DTLS, CLASS_DTLS},
	{"dtls 1.3 draft", "16 fefc 0000 000000000000 00", 113, CLASS_DTLS, CLASS_DTLS},
	{"dtls of old openssl", "16 0100 0000 000000000000 00", 113, CLASS_DTLS, CLASS_DTLS},
	{"dtls ccs", "14 fefd 0000 000000000006 00", 14, CLASS_DTLS, CLASS_DTLS},
	{"dtls alert", "15 fefd 0000 000000000007 00", 15, CLASS_DTLS, CLASS_DTLS},
	{"dtls data", "17 fefd 0001 000000000007 00", 60, CLASS_DTLS, CLASS_DTLS},
	{"dtls heartbeat", "18 fefd 0001 000000000007 00", 60, CLASS_DTLS, CLASS_DTLS},
	{"dtls connection id", "19 fefd 0001 000000000007 01", 60, CLASS_DTLS, CLASS_DTLS},
	{"dtls ack", "1a fefd 0000 000000000007 00", 60, CLASS_DTLS, CLASS_DTLS},
	{"19 is no dtls", "13 fefd 0000 000000000007 00", 60, CLASS_OTHER, CLASS_OTHER},
	{"27 is no dtls", "1b fefd 0000 000000000007 00", 60, CLASS_OTHER, CLASS_OTHER},
	{"tls 1.2 over udp is no dtls", "16 0303 0100 000000000007 00", 600, CLASS_OTHER,
	 CLASS_OTHER},
	{"dtls shorter than a header", "16 fefd 0000 000000000001 00", 12, CLASS_OTHER,
	 CLASS_OTHER},
	{"dtls record beyond the datagram", "16 fefd 0000 000000000001 02", 113, CLASS_OTHER,
	 CLASS_OTHER},
	{"dtls record of 512 bytes", "16 fefd 0000 000000000001 02", 525, CLASS_DTLS, CLASS_DTLS},

	{"unified header, S and L", "2e 0001 0040 aabbccddeeff00", 69, CLASS_DTLS, CLASS_DTLS},
	{"unified header, L", "26 01 0040 aabbccddeeff0011", 68, CLASS_DTLS, CLASS_DTLS},
	{"unified header of epoch 3", "2f 0001 0040 aabbccddeeff00", 69, CLASS_DTLS, CLASS_DTLS},
	{"unified header without length proves nothing", "2a 0001 aabbccddeeff001122", 69,
	 CLASS_DTLS, CLASS_OTHER},
	{"unified header with connection id proves nothing", "3e 0001 0040 aabbccddeeff00", 69,
	 CLASS_DTLS, CLASS_OTHER},
	{"unified header whose length lies", "2e 0001 0041 aabbccddeeff00", 69, CLASS_DTLS,
	 CLASS_OTHER},
	{"unified header of less than a tag", "2e 0001 0010 aabbccddeeff00", 69, CLASS_DTLS,
	 CLASS_OTHER},
	{"31", "1f 0001 0040 aabbccddeeff00", 69, CLASS_OTHER, CLASS_OTHER},

	{"channel 4000 with rtp", "4000 0008 80600001 00000002", 12, CLASS_CHANNEL_DATA,
	 CLASS_CHANNEL_DATA},
	{"channel 4fff with dtls", "4fff 0008 16fefd00 00000000", 12, CLASS_CHANNEL_DATA,
	 CLASS_CHANNEL_DATA},
	{"channel with stun", "4fff 0014 00010000 2112a442", 24, CLASS_CHANNEL_DATA,
	 CLASS_CHANNEL_DATA},
	{"channel, padded", "4001 0009 80600001 00000002", 16, CLASS_CHANNEL_DATA,
	 CLASS_CHANNEL_DATA},
	{"channel with anything else proves nothing", "4001 0008 61626364 00000002", 12,
	 CLASS_CHANNEL_DATA, CLASS_OTHER},
	{"channel with stun that has no cookie", "4001 0008 00010000 00000002", 12,
	 CLASS_CHANNEL_DATA, CLASS_OTHER},
	{"channel that does not fill the datagram", "4001 0009 80600001 00000002", 20,
	 CLASS_CHANNEL_DATA, CLASS_OTHER},
	{"channel longer than the datagram", "4001 0009 80600001 00000002", 12, CLASS_OTHER,
	 CLASS_OTHER},
	{"channel 5000", "5000 0008 80600001 00000002", 12, CLASS_OTHER, CLASS_OTHER},

	{"short header of quic", "5000 0008 80600001 00000002", 40, CLASS_OTHER, CLASS_OTHER},
	{"long header of quic 1", "c3 00000001 08 010203040506", 1200, CLASS_QUIC, CLASS_QUIC},
	{"long header of quic 2", "d3 6b3343cf 08 010203040506", 1200, CLASS_QUIC, CLASS_QUIC},
	{"long header of quic 2, draft", "c3 709a50c4 08 010203040506", 1200, CLASS_QUIC,
	 CLASS_QUIC},
	{"long header of quic 2, first draft", "c3 ff020000 08 010203040506", 1200, CLASS_QUIC,
	 CLASS_QUIC},
	{"long header of quic draft 29", "c3 ff00001d 08 010203040506", 1200, CLASS_QUIC,
	 CLASS_QUIC},
	{"long header of quic draft 34", "c3 ff000022 08 010203040506", 1200, CLASS_QUIC,
	 CLASS_QUIC},
	{"long header of a draft that never was", "c3 ff0000a0 08 010203040506", 1200, CLASS_OTHER,
	 CLASS_OTHER},
	{"long header that forces a negotiation", "c3 fa1a2a0a 08 010203040506", 1200, CLASS_QUIC,
	 CLASS_QUIC},
	{"long header of google's Q046", "c3 51303436 50 010203040506", 1200, CLASS_QUIC,
	 CLASS_QUIC},
	{"long header of google's T051", "c3 54303531 08 010203040506", 1200, CLASS_QUIC,
	 CLASS_QUIC},
	{"long header of letters that google has not", "c3 55303531 08 010203040506", 1200,
	 CLASS_OTHER, CLASS_OTHER},
	{"long header of mvfst", "c3 faceb00e 08 010203040506", 1200, CLASS_QUIC, CLASS_QUIC},
	{"version negotiation of quic", "c3 00000000 08 010203040506", 43, CLASS_QUIC, CLASS_QUIC},
	{"long header of no version", "c3 12345678 08 010203040506", 1200, CLASS_OTHER,
	 CLASS_OTHER},
	{"192 of no version", "ffffffffffffffffffffffff", 1200, CLASS_OTHER, CLASS_OTHER},

	{"rtp", "8060 0001 00000001 12345678", 172, CLASS_RTP, CLASS_OTHER},
	{"rtp with marker", "80e0 0001 00000001 12345678", 172, CLASS_RTP, CLASS_OTHER},
	{"rtp, last first byte", "bf60 0001 00000001 12345678", 172, CLASS_RTP, CLASS_OTHER},
	{"127 is no rtp", "7f60 0001 00000001 12345678", 172, CLASS_OTHER, CLASS_OTHER},
	{"rtcp sender report", "80c8 0006 12345678 00000001", 28, CLASS_RTCP, CLASS_OTHER},
	{"rtcp receiver report", "81c9 0007 12345678 00000001", 46, CLASS_RTCP, CLASS_OTHER},
	{"rtcp feedback", "8fcd 0005 12345678 00000001", 24, CLASS_RTCP, CLASS_OTHER},
	{"rtcp 192", "80c0 0002 12345678 00000001", 12, CLASS_RTCP, CLASS_OTHER},
	{"rtcp 223", "80df 0002 12345678 00000001", 12, CLASS_RTCP, CLASS_OTHER},
	{"191 is rtp", "80bf 0002 12345678 00000001", 12, CLASS_RTP, CLASS_OTHER},
	{"224 is rtp", "80e0 0002 12345678 00000001", 12, CLASS_RTP, CLASS_OTHER},
	{"rtcp beyond the datagram is rtp", "80c8 0006 12345678 00000001", 27, CLASS_RTP,
	 CLASS_OTHER},

	{"dns", "1234 0100 00010000 00000000", 40, CLASS_OTHER, CLASS_OTHER},
	{"zeros", "0000 0000 00000000 00000000", 20, CLASS_OTHER, CLASS_OTHER},
};

static void classes_by_first_bytes(void **state)
{
	const struct demux_row *demux_row = *state;
	struct buf f = {.len = 0};

	put_hex(&f, demux_row->head);
	assert_int_equal(f.len, HEAD_BYTES);
	assert_int_equal(demux_known(f.b, demux_row->len), demux_row->known);
	assert_int_equal(demux_untracked(f.b, demux_row->len), demux_row->stranger);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(rows)];

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[i] = (struct CMUnitTest){rows[i].name, classes_by_first_bytes, NULL, NULL,
					       (void *)&rows[i]};
	return cmocka_run_group_tests_name("demux", tests, NULL, NULL);
}
