/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/transport.h"

/* The first byte chooses the protocol, the next two are IP's length. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transport t = {0};
	struct ip ip = {0};
	enum reason reason;
	struct cursor c;

	if (size < 3)
		return 0;
	ip.payload = load_be16(data + 1);
	c = cursor_on_packet(data + 3, data + size);
	switch (data[0] % 3) {
	case 0:
		reason = udp_parse(&c, &ip, &t);
		hold(reason || (t.payload + 8 <= ip.payload && c.at == 8));
		return 0;
	case 1:
		reason = tcp_parse(&c, &ip, &t);
		hold(reason || (t.payload + c.at == ip.payload && c.at >= 20 && c.at <= 60));
		return 0;
	default:
		reason = ports_parse(&c, &t);
		hold(!reason == (size - 3 >= 8));
		return 0;
	}
}
