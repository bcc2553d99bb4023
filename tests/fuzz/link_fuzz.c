/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_on_packet(data, data + size);
	u8 version = 0;

	if (link_parse(&c, &version))
		return 0;
	hold(version == 4 || version == 6);
	hold(c.at >= 14 && c.at <= 14 + 4 * LINK_TAGS + 8);
	hold(c.pos == data + c.at && c.at <= size);
	return 0;
}
