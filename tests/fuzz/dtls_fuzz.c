/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/dtls.h"

static void hold_record(const struct dtls_record *r, u32 at, u32 have, u32 end)
{
	hold(r->step <= DTLS_STEP_MAX);
	hold(r->next > at && r->next <= end);
	hold(!r->hello_len || (r->hello_at > at && r->hello_at + r->hello_len <= have));
	hold(!r->hello_len || r->hello_at + r->hello_len <= r->next);
	hold(r->message_len <= 0xffffff);
}

/* Parses all records of a datagram; the first input byte is the number of bytes cut off its end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bytes in;
	struct dtls_record r;
	u32 at = 4, have, end;

	if (size < 2)
		return 0;
	have = at + fuzz_copy(&in, at, data + 1, size - 1);
	end = at + (u32)size - 1 + data[0];
	while (at < have && !dtls_parse(&in, at, have, end, &r)) {
		hold_record(&r, at, have, end);
		at = r.next;
	}
	return 0;
}
