/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bytes in;
	struct tls_hello hello;
	u32 have = fuzz_copy(&in, 0, data, size);

	tls_parse(&in, have, &hello);
	hold(hello.turn <= 1);
	hold(!hello.name_len || (hello.name_at > 43 && hello.name_at + hello.name_len <= have));
	return 0;
}
