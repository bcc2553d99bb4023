/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "audit/report.h"
#include "util/options.h"

static bool test_passes(const struct test_result *results, enum audit_test test)
{
	return results[test].kind == RESULT_PASSES;
}

struct media_paths report_media(const struct test_result *results)
{
	return (struct media_paths){
		.direct = test_passes(results, TEST_CHECKS) && test_passes(results, TEST_DTLS) &&
			  test_passes(results, TEST_DTLS_LARGE) && test_passes(results, TEST_SRTP),
		.relay_udp = test_passes(results, TEST_STUN_3478) &&
			     test_passes(results, TEST_CHANNEL_DATA),
		.relay_tcp = test_passes(results, TEST_TURN_TCP_3478),
		.relay_tls = test_passes(results, TEST_TURN_TLS_443) ||
			     test_passes(results, TEST_TURN_TLS_5349),
	};
}

bool report_counts(enum audit_test test)
{
	return test != TEST_CHECKS_IN;
}

/* Counts the tests that count and have that result, on all paths. */
static u32 with_result(const struct audit_report *report, enum result_kind result)
{
	u32 count = 0;

	for (size_t i = 0; i < report->count; i++)
		for (unsigned int test = 0; test < TEST_COUNT; test++)
			count += report_counts(test) &&
				 report->paths[i].results[test].kind == result;
	return count;
}

u32 report_blocked(const struct audit_report *report)
{
	return with_result(report, RESULT_BLOCKED);
}

int report_status(const struct audit_report *report)
{
	if (report_blocked(report))
		return EXIT_PROBLEM;
	return with_result(report, RESULT_UNKNOWN) || !with_result(report, RESULT_PASSES)
		       ? EXIT_USAGE
		       : EXIT_DONE;
}

/* --- what to change --- */

#define ANY_UDP "meta l4proto udp"

/* What a rule has to accept of outgoing packets, in nft(8)'s words. */
static const char *const outbound[TEST_COUNT] = {
	[TEST_STUN_3478] = "udp dport 3478",
	[TEST_STUN_19302] = "udp dport 19302",
	[TEST_TURN_TCP_3478] = "tcp dport 3478",
	[TEST_TURN_TLS_443] = "tcp dport 443",
	[TEST_TURN_TLS_5349] = "tcp dport 5349",
	[TEST_CHANNEL_DATA] = "udp dport 3478",
	[TEST_CHECKS] = ANY_UDP,
	[TEST_CHECKS_IN] = ANY_UDP,
	[TEST_DTLS] = ANY_UDP,
	[TEST_DTLS_LARGE] = ANY_UDP,
	[TEST_SRTP] = ANY_UDP,
	[TEST_SRTCP] = ANY_UDP,
	[TEST_DATA] = ANY_UDP,
	[TEST_TOO_BIG] = ANY_UDP,
	[TEST_IDLE] = ANY_UDP,
	[TEST_MTU] = ANY_UDP,
};

/*
 * What a rule may match besides ports and state, by the name of the step: it comes later in a flow
 * that was let through at first.
 */
static const struct {
	const char *word, *what;
} contents[] = {
	{"1280 bytes", "packets of 1280 bytes"}, {"ChannelData", "ChannelData (first byte 64-79)"},
	{"Hello", "DTLS (first byte 20-63)"},    {"Finished", "DTLS (first byte 20-63)"},
	{"DTLS", "DTLS (first byte 20-63)"},     {"SRTP", "RTP (first byte 128-191)"},
	{"SRTCP", "RTCP (first byte 128-191)"},
};

static bool is_inbound(const struct test_result *result)
{
	const char *comma = strrchr(result->step, ',');

	return comma && !strcmp(comma, ", in");
}

/* Policies do not look into packets, so this is of rules only, and of UDP. */
static const char *content_of(const struct test_result *result, enum audit_test test)
{
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		if (result->rule.handle && strstr(outbound[test], "udp") &&
		    strstr(result->step, contents[i].word))
			return contents[i].what;
	return NULL;
}

static void suggest_rule(char *out, size_t size, const struct audited_path *audited,
			 enum audit_test test)
{
	const struct test_result *result = &audited->results[test];
	const char *content = content_of(result, test);
	size_t used;

	if (is_inbound(result) && test == TEST_TOO_BIG)
		snprintf(out, size, "accept %s",
			 audited->path.version == 4 ? "icmp type destination-unreachable"
						    : "icmpv6 type packet-too-big");
	else if (is_inbound(result))
		snprintf(out, size, "accept ct state established,related");
	else
		snprintf(out, size, "accept %s from %s", outbound[test],
			 audited->path.lan ? "the LAN" : "this machine");
	used = strlen(out);
	if (content && test != TEST_TOO_BIG)
		snprintf(out + used, size - used, ", also %s", content);
}

/* The packet came in on an interface by which no route leads back. */
static void suggest_rpfilter(char *out, size_t size, const struct audited_path *audited,
			     enum audit_test test)
{
	const char *at = is_inbound(&audited->results[test]) ? audited->wan : audited->lan;

	if (*at)
		snprintf(out, size,
			 "set net.ipv4.conf.%s.rp_filter to 2 (loose), or add the route back", at);
}

const char *report_change(char *out, size_t size, const struct audited_path *audited,
			  enum audit_test test)
{
	const struct test_result *result = &audited->results[test];

	out[0] = '\0';
	if (result->kind != RESULT_BLOCKED || !report_counts(test))
		return out;
	if (result->cause == CAUSE_RULE)
		suggest_rule(out, size, audited, test);
	else if (result->cause == CAUSE_QUEUE)
		snprintf(out, size, "let the program behind queue %u accept it", result->queue);
	else if (result->cause == CAUSE_NO_ROUTE)
		snprintf(out, size, "add the route, or switch forwarding on");
	else if (result->cause == CAUSE_RPFILTER)
		suggest_rpfilter(out, size, audited, test);
	else if (result->cause == CAUSE_MTU)
		snprintf(out, size, "raise the MTU of the interfaces to 1280 or more");
	else if (result->cause == CAUSE_CONNTRACK)
		snprintf(out, size,
			 "raise net.netfilter.nf_conntrack_udp_timeout_stream, or the rule's ct "
			 "timeout, to 30");
	return out;
}
