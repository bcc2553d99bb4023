/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading one STUN message, and the samples of RFC 5769. */
#ifndef P2PSCOPE_TESTS_STUN_READER_H
#define P2PSCOPE_TESTS_STUN_READER_H

#include "suite.h"

#include "p2pscope/ip.h"
#include "p2pscope/stun.h"

#define ID_5769 "b7e7a701 bc34d686 fa87dfae "

/* RFC 5769 section 2.1 */
static const char sample_request[] __attribute__((unused)) =
	"00010058 2112a442 " ID_5769 "80220010 5354554e 20746573 7420636c 69656e74"
	"00240004 6e0001ff"
	"80290008 932ff9b1 51263b36"
	"00060009 6576746a 3a683676 59202020"
	"00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2"
	"80280004 e57a3bcf";

/* RFC 5769 section 2.2 */
static const char sample_ipv4[] __attribute__((unused)) =
	"0101003c 2112a442 " ID_5769 "8022000b 74657374 20766563 746f7220"
	"00200008 0001a147 e112a643"
	"00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7"
	"80280004 c07d4c96";

/* RFC 5769 section 2.3 */
static const char sample_ipv6[] __attribute__((unused)) =
	"01010048 2112a442 " ID_5769 "8022000b 74657374 20766563 746f7220"
	"00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9"
	"00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41"
	"80280004 c8fb0b4c";

/* RFC 5769 section 2.4 */
static const char sample_long_term[] __attribute__((unused)) =
	"00010060 2112a442 78ad3433 c6ad72c0 29da412e"
	"00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000"
	"0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341"
	"0014000b 6578616d 706c652e 6f726700"
	"00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666";

static struct bytes in;
static struct stun_info info;
static struct stun_parts parts;

/* Reads `m`, of which `have` bytes are there, at an offset that is not aligned. */
static inline enum reason read_part(const struct buf *m, u32 have)
{
	memset(in.b, 0xcc, sizeof(in.b));
	memcpy(in.b + 3, m->b, have);
	memset(&info, 0xaa, sizeof(info));
	memset(&parts, 0xaa, sizeof(parts));
	return stun_parse(&in, 3, have, m->len, &info, &parts);
}

static inline enum reason read_message(const struct buf *m)
{
	return read_part(m, m->len);
}

static inline enum reason read_stun_hex(const char *hex)
{
	struct buf m = {.len = 0};

	put_hex(&m, hex);
	return read_message(&m);
}

static inline void expect_kept_text(const u8 *is, u32 len, const char *want)
{
	assert_int_equal(len, strlen(want));
	assert_memory_equal(is, want, len);
}

static inline void assert_id_5769(void)
{
	static const u8 id[] = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
				0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

	assert_memory_equal(info.id, id, sizeof(id));
	assert_true(stun_id(&info) == 0xbc34d686fa87dfaeull);
}

#endif
