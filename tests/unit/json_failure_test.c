/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Documents when memory is out: whichever allocation of jansson fails, a document is either whole
 * or an error: no part is left out in silence. (Leaks are for the sanitizers to find.)
 */
#include <stdio.h>
#include <stdlib.h>

#include "suite.h"

#include <jansson.h>

#include "output/json.h"

/* --- an allocator that fails when it is told to --- */

static struct {
	size_t asked; /* allocations so far */
	size_t fails; /* the number of the one that fails, from 1 on; 0: none */
	bool fails_for_good; /* so do all after it */
} memory;

static void *fail_or_allocate(size_t size)
{
	memory.asked++;
	if (memory.fails && (memory.asked == memory.fails ||
			     (memory.fails_for_good && memory.asked > memory.fails)))
		return NULL;
	return malloc(size);
}

/* --- a view with a little of everything --- */

#define NS 1700000000000000000ull

static const struct endpoint *static_endpoint(const char *ip, u16 port)
{
	static struct endpoint endpoints[32];
	static size_t used;
	struct endpoint *endpoint = &endpoints[used++ % COUNT(endpoints)];

	*endpoint = ep(ip, port);
	return endpoint;
}

static void fill_rule(struct rule_view *view)
{
	*view = (struct rule_view){
		.blocked = 1, .degraded = 1, .hosts = 1, .first = NS, .last = NS};
	strcpy(view->rule.family, "inet");
	strcpy(view->rule.table, "filter");
	strcpy(view->rule.chain, "\x1b[31mforward");
	strcpy(view->rule.text, "udp dport 3478 drop comment \"\xff\"");
	view->rule.handle = 7;
}

static void fill_session(struct session *s, struct pair *pair, struct media_view *media,
			 struct evidence *evidence)
{
	static u8 ufrags[] = "aB3dx9Yz";

	*pair = (struct pair){.local = *static_endpoint("192.168.0.2", 7000),
			      .mapped = *static_endpoint("5.0.0.1", 7000),
			      .remote = *static_endpoint("2001:db8::2", 7002),
			      .state = PAIR_SUCCEEDED,
			      .rtt_us = 1500};
	media[0] = (struct media_view){.ssrc = 0xcafe,
				       .encryption = ENCRYPTION_SEEN,
				       .jitter_known = 1,
				       .clock_rate = 48000};
	media[1] = (struct media_view){.data = 1};
	*evidence = (struct evidence){.time_ns = NS, .at = AT_LAN_IN, .text = "a check"};
	*s = (struct session){
		.id = 0x9f2c61aabbccddee,
		.verdict = VERDICT_SUCCEEDED,
		.stage = STAGE_MEDIA,
		.degraded = CAUSE_RULE,
		.rule = NO_RULE,
		.path_known = 1,
		.path_local = CANDIDATE_SRFLX,
		.path_remote = CANDIDATE_HOST,
		.path_proto = PROTO_UDP,
		.family = 4,
		.has_host = 1,
		.host = pair->local.ip,
		.dtls = {.state = DTLS_CONNECTED, .version = 0xfefd, .srtp_profile = 0x9999},
		.ufrags = ufrags,
		.ufrag_len = {4, 4},
		.times = {.first = NS, .connected = NS + 5000000, .media = NS, .last = NS},
		.npairs = 1,
		.pairs = pair,
		.nmedia = 2,
		.media = media,
		.nevidence = 1,
		.evidence = evidence,
	};
}

static void fill_nat(struct nat_view *nat)
{
	nat->upstream_kind = UPSTREAM_NAT;
	nat->mapping = BEHAVIOUR_ENDPOINT_INDEPENDENT;
	nat->gateway.mapping.excluded = 1u << BEHAVIOUR_PORT_DEPENDENT;
	nat->gateway.lifetime_at_least = 30;
}

static struct engine_view *view_of_everything(void)
{
	static struct session sessions[2];
	static struct pair pairs[2];
	static struct media_view media[4];
	static struct evidence evidence[2];
	static struct mapping mapping;
	static struct host_view host;
	static struct outside_view outside;
	static struct rule_view rule;
	static struct engine_view view;

	fill_session(&sessions[0], &pairs[0], &media[0], &evidence[0]);
	fill_session(&sessions[1], &pairs[1], &media[2], &evidence[1]);
	fill_rule(&rule);
	mapping = (struct mapping){.proto = PROTO_UDP,
				   .inside = pairs[0].local,
				   .outside = pairs[0].mapped,
				   .sources = MAPPING_BY_CONNTRACK | MAPPING_BY_STUN,
				   .nremotes = 1,
				   .remotes = &pairs[0].remote,
				   .created = NS};
	host = (struct host_view){.ip = pairs[0].local.ip, .mappings = 1, .last = NS};
	fill_nat(&host.nat);
	outside = (struct outside_view){.ip = pairs[0].mapped.ip, .ports = {1, 2}};
	view = (struct engine_view){
		.sessions = sessions,
		.nsessions = 2,
		.mappings = &mapping,
		.nmappings = 1,
		.hosts = &host,
		.nhosts = 1,
		.outsides = &outside,
		.noutsides = 1,
		.rules = &rule,
		.nrules = 1,
	};
	fill_nat(&view.nat);
	return &view;
}

/* --- the documents --- */

static int write_one_session(FILE *out, const struct engine_view *view)
{
	return write_session(out, view, &view->sessions[0]);
}

static int write_an_error(FILE *out, const struct engine_view *view)
{
	(void)view;
	return write_error(out, "no such session");
}

typedef int (*write_fn)(FILE *out, const struct engine_view *view);

/* The document as text, to be freed; `err` is what its writer returned. */
static char *document(write_fn write, int *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	*err = write(out, view_of_everything());
	fclose(out);
	return text;
}

static void assert_whole_or_error(write_fn write, const char *whole)
{
	int err;
	char *text = document(write, &err);

	if (!err)
		assert_string_equal(text, whole);
	else
		assert_true(strlen(text) < strlen(whole));
	free(text);
}

/* Lets each of the allocations fail in turn, alone and with all that follow. */
static void fail_each(write_fn write)
{
	char *whole;
	int err;

	memory.asked = memory.fails = 0;
	whole = document(write, &err);
	assert_int_equal(err, 0);
	for (size_t n = 1, count = memory.asked; n <= count; n++) {
		for (int for_good = 0; for_good < 2; for_good++) {
			memory.asked = 0;
			memory.fails = n;
			memory.fails_for_good = for_good;
			assert_whole_or_error(write, whole);
			assert_true(memory.asked >= n);
		}
	}
	free(whole);
}

static void each_document_is_whole_or_an_error(void **state)
{
	static const write_fn writers[] = {write_sessions, write_one_session, write_mappings,
					   write_hosts,    write_rules,       write_lists,
					   write_an_error};

	(void)state;
	for (size_t i = 0; i < COUNT(writers); i++)
		fail_each(writers[i]);
}

/* Without this the test above would have nothing to see. */
static void everything_is_in_it(void **state)
{
	static const char *const parts[] = {"\"9f2c61aabbccddee\"", "\"aB3d\"",
					    "0x0000cafe",           "\"data\"",
					    "\"a check\"",          "\"srtp_profile\":\"0x9999\"",
					    "\"conntrack\"",        "address-and-port-dependent",
					    "[2001:db8::2]:7002"};
	int err;
	char *text;

	(void)state;
	memory.fails = 0;
	text = document(write_lists, &err);
	assert_int_equal(err, 0);
	for (size_t i = 0; i < COUNT(parts); i++)
		if (!strstr(text, parts[i]))
			fail_msg("not there: %s", parts[i]);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_in_it),
		cmocka_unit_test(each_document_is_whole_or_an_error),
	};

	json_set_alloc_funcs(fail_or_allocate, free);
	return cmocka_run_group_tests_name("json_failure", tests, NULL, NULL);
}
