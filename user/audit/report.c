/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <string.h>

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

/* --- what to change --- */

#define ANY_UDP "meta l4proto udp"

/* What a rule has to accept of packets that go out, in the words of nft(8). */
static const char *const outbound[NEED_COUNT] = {
	[NEED_STUN_3478] = "udp dport 3478",
	[NEED_STUN_19302] = "udp dport 19302",
	[NEED_TURN_TCP_3478] = "tcp dport 3478",
	[NEED_TURN_TLS_443] = "tcp dport 443",
	[NEED_TURN_TLS_5349] = "tcp dport 5349",
	[NEED_CHANNEL_DATA] = "udp dport 3478",
	[NEED_CHECKS] = ANY_UDP,
	[NEED_CHECKS_IN] = ANY_UDP,
	[NEED_DTLS] = ANY_UDP,
	[NEED_DTLS_LARGE] = ANY_UDP,
	[NEED_SRTP] = ANY_UDP,
	[NEED_SRTCP] = ANY_UDP,
	[NEED_DATA] = ANY_UDP,
	[NEED_TOO_BIG] = ANY_UDP,
	[NEED_IDLE] = ANY_UDP,
	[NEED_MTU] = ANY_UDP,
};

/*
 * What a rule may know by more than ports and state, by the step's name: it comes behind what
 * begins a flow.
 */
static const struct {
	const char *word, *what;
} contents[] = {
	{"1280 bytes", "packets of 1280 bytes"}, {"ChannelData", "ChannelData (first byte 64-79)"},
	{"Hello", "DTLS (first byte 20-63)"},    {"Finished", "DTLS (first byte 20-63)"},
	{"DTLS", "DTLS (first byte 20-63)"},     {"SRTP", "RTP (first byte 128-191)"},
	{"SRTCP", "RTCP (first byte 128-191)"},
};

static bool is_inbound(const struct finding *finding)
{
	const char *comma = strrchr(finding->step, ',');

	return comma && !strcmp(comma, ", in");
}

/* Of UDP, as a rule that is no policy sees it. */
static const char *content_of(const struct finding *finding, enum need need)
{
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		if (finding->rule.handle && strstr(outbound[need], "udp") &&
		    strstr(finding->step, contents[i].word))
			return contents[i].what;
	return NULL;
}

static void let_pass(char *out, size_t size, const struct audited *audited, enum need need)
{
	const struct finding *finding = &audited->findings[need];
	const char *content = content_of(finding, need);
	size_t used;

	if (is_inbound(finding) && need == NEED_TOO_BIG)
		snprintf(out, size, "accept %s",
			 audited->way.version == 4 ? "icmp type destination-unreachable"
						   : "icmpv6 type packet-too-big");
	else if (is_inbound(finding))
		snprintf(out, size, "accept ct state established,related");
	else
		snprintf(out, size, "accept %s from %s", outbound[need],
			 audited->way.lan ? "the LAN" : "this machine");
	used = strlen(out);
	if (content && need != NEED_TOO_BIG)
		snprintf(out + used, size - used, ", also %s", content);
}

/* What came in at an interface where no route leads back. */
static void loosen(char *out, size_t size, const struct audited *audited, enum need need)
{
	const char *at = is_inbound(&audited->findings[need]) ? audited->wan : audited->lan;

	if (*at)
		snprintf(out, size,
			 "set net.ipv4.conf.%s.rp_filter to 2 (loose), or add the route back", at);
}

const char *report_change(char *out, size_t size, const struct audited *audited, enum need need)
{
	const struct finding *finding = &audited->findings[need];

	out[0] = '\0';
	if (finding->result != RESULT_BLOCKED || !report_counts(need))
		return out;
	if (finding->cause == CAUSE_RULE)
		let_pass(out, size, audited, need);
	else if (finding->cause == CAUSE_QUEUE)
		snprintf(out, size, "let the program behind queue %u accept it", finding->queue);
	else if (finding->cause == CAUSE_NO_ROUTE)
		snprintf(out, size, "add the route, or switch forwarding on");
	else if (finding->cause == CAUSE_RPFILTER)
		loosen(out, size, audited, need);
	else if (finding->cause == CAUSE_MTU)
		snprintf(out, size, "raise the MTU of the interfaces to 1280 or more");
	else if (finding->cause == CAUSE_CONNTRACK)
		snprintf(out, size,
			 "raise net.netfilter.nf_conntrack_udp_timeout_stream, or the rule's ct "
			 "timeout, to 30");
	return out;
}
