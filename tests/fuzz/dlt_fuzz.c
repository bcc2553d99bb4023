/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The first input byte selects the link-layer header type. */
#include "fuzz.h"
#include "source/capture/dlt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static enum reason (*const parsers[])(struct cursor * c, u8 * version) = {
		dlt_null, dlt_sll, dlt_sll2, dlt_ppp, link_pppoe};
	enum reason reason;
	struct cursor c;
	u8 version = 0;

	if (!size)
		return 0;
	c = cursor_on_packet(data + 1, data + size);
	reason = parsers[data[0] % (sizeof(parsers) / sizeof(parsers[0]))](&c, &version);
	hold(reason == REASON_PASS || reason == REASON_NOT_IP || reason == REASON_SHORT_LINK);
	if (reason)
		return 0;
	hold(version == 4 || version == 6);
	hold(c.at >= 1 && c.at <= 20 + 4 * (LINK_TAGS + MPLS_LABELS) + 8);
	hold(c.pos == data + 1 + c.at && c.at < size);
	return 0;
}
