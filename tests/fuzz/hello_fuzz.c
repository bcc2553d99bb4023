/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "engine/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct server_hello hello;

	hello_parse_server(&hello, data, (u32)size);
	hold(size >= 45 || !hello_offers_srtp(data, (u32)size));
	hold(size >= 35 || (!hello.version && !hello.srtp_profile));
	return 0;
}
