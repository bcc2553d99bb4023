/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A line of the log of an intrusion detection system. */
#include "fuzz.h"
#include "source/live/eve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ids_alert alert;
	bool bad = true;

	if (!eve_parse_line((const char *)data, size, &alert, &bad))
		return 0;
	hold(!bad);
	hold(alert.proto == PROTO_UDP || alert.proto == PROTO_TCP);
	hold(alert.src.port && alert.dst.port);
	hold(alert.time_ns && alert.time_ns < 1ull << 63);
	hold(memchr(alert.text, 0, sizeof(alert.text)));
	return 0;
}
