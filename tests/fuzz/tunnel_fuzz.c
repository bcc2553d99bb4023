/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The first byte: bit 0 IPv6, bits 1-7 how many bytes the capture cut off. */
#include "fuzz.h"
#include "source/capture/tunnel.h"

/* What is inside is a packet that fits. */
static void hold_inside(struct cursor c, const uint8_t *end, const struct tunnel *t)
{
	struct addr src, dst;
	struct ip ip;
	u8 version = 0;

	hold(c.pos < end);
	if (t->frame)
		hold(link_parse(&c, &version) == REASON_PASS);
	else
		version = *c.pos >> 4;
	hold(ip_parse(&c, version, &ip, &src, &dst, t->wire) == REASON_PASS);
	hold(ip.payload < t->wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 wire = (u32)size - 1;
	struct tunnel t = {0};
	struct cursor c;

	if (size < 2)
		return 0;
	c = cursor_on_packet(data + 1, data + size);
	if (!tunnel_parse(&c, data[0] & 1 ? 6 : 4, wire + (data[0] >> 1), &t))
		return 0;
	hold(c.at >= 20 && c.at < wire && c.pos == data + 1 + c.at);
	hold(t.wire && c.at + t.wire <= wire + (data[0] >> 1));
	hold_inside(c, data + size, &t);
	return 0;
}
