/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/report.h"
#include "util/options.h"

static bool passes(const struct finding *findings, enum need need)
{
	return findings[need].result == RESULT_PASSES;
}

struct media report_media(const struct finding *findings)
{
	return (struct media){
		.direct = passes(findings, NEED_CHECKS) && passes(findings, NEED_DTLS) &&
			  passes(findings, NEED_DTLS_LARGE) && passes(findings, NEED_SRTP),
		.relay_udp =
			passes(findings, NEED_STUN_3478) && passes(findings, NEED_CHANNEL_DATA),
		.relay_tcp = passes(findings, NEED_TURN_TCP_3478),
		.relay_tls =
			passes(findings, NEED_TURN_TLS_443) || passes(findings, NEED_TURN_TLS_5349),
	};
}

bool report_counts(enum need need)
{
	return need != NEED_CHECKS_IN;
}

/* Those that count, on all ways. */
static u32 with_result(const struct report *report, enum result result)
{
	u32 count = 0;

	for (size_t i = 0; i < report->count; i++)
		for (unsigned int need = 0; need < NEED_COUNT; need++)
			count += report_counts(need) &&
				 report->ways[i].findings[need].result == result;
	return count;
}

u32 report_blocked(const struct report *report)
{
	return with_result(report, RESULT_BLOCKED);
}

int report_status(const struct report *report)
{
	if (report_blocked(report))
		return EXIT_PROBLEM;
	return with_result(report, RESULT_UNKNOWN) || !with_result(report, RESULT_PASSES)
		       ? EXIT_USAGE
		       : EXIT_DONE;
}
