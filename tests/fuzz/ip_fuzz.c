/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/ip.h"

/* The first byte chooses the version that is announced, and what was on the wire. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 version = size && data[0] & 1 ? 6 : 4;
	struct addr src, dst;
	struct cursor c;
	struct ip ip;
	u32 wire;

	if (!size)
		return 0;
	wire = (u32)size - 1 + (data[0] & 2 ? 100000 : 0);
	c = cursor_on_packet(data + 1, data + size);
	if (ip_parse(&c, version, &ip, &src, &dst, wire))
		return 0;
	hold(addr_is_v4(&src) || version == 6);
	hold(addr_is_v4(&dst) || version == 6);
	hold(ip.fragment <= FRAGMENT_LATER);
	hold(c.at >= (version == 4 ? 20u : 40u));
	hold(c.at <= 40 + IP_EXTENSIONS * 2048u);
	hold(ip.payload <= 65535 || ip.payload <= wire);
	return 0;
}
