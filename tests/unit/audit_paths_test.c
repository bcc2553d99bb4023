/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is asked in an audit, in a model network. */
#include <linux/if_addr.h>

#include "suite.h"

#include "shadow/model.h"
#include "audit/paths.h"

static struct report report;

static void model_way(const char *lan, const char *wan, struct network *network)
{
	struct options options = {.lan = {.count = *lan ? 1 : 0, .items = {lan}},
				  .wan = {1, {wan}}};
	struct sides sides;

	assert_int_equal(model_make(network, &sides, &options), 0);
	report = (struct report){0};
	ways_choose(&report, network, &sides, NULL);
}

static void ways_of_a_model(void **state)
{
	struct network network;

	(void)state;
	model_way("br-lan", "eth1", &network);
	assert_int_equal(report.count, 2);
	assert_string_equal(report.ways[1].lan, "br-lan");
	assert_string_equal(report.ways[1].wan, "eth1");
	assert_endpoint(&(struct endpoint){.ip = report.ways[0].way.host}, ep("192.168.1.10", 0));
	assert_endpoint(&(struct endpoint){.ip = report.ways[1].way.host}, ep("2001:db8:1::10", 0));
	assert_string_equal(report.ways[1].absent, "");
	assert_memory_not_equal(&report.ways[0].way.peer, &report.ways[0].way.other,
				sizeof(struct addr));
	assert_memory_not_equal(&report.ways[0].way.peer, &report.ways[0].way.server,
				sizeof(struct addr));
	network.links[1].up = 0;
	ways_choose(&report, &network,
		    &(struct sides){.lans = {2}, .nlans = 1, .wans = {3}, .nwans = 1}, NULL);
	assert_string_equal(report.ways[2].absent, "br-lan is down");
	assert_int_equal(report.ways[2].findings[NEED_MTU].result, RESULT_ABSENT);
	network_free(&network);
}

static void host_in_a_subnet(void **state)
{
	static const struct {
		u8 prefix;
		const char *host; /* NULL: none */
	} cases[] = {{16, "192.168.0.10"}, {25, "192.168.1.10"}, {29, "192.168.1.2"},
		     {30, "192.168.1.2"},  {31, "192.168.1.0"},  {32, NULL}};
	struct network network;
	struct ifaddrmsg *first;

	(void)state;
	model_way("br-lan", "eth1", &network);
	first = mnl_nlmsg_get_payload(netlink_batch_next(&network.addresses, NULL));
	for (size_t i = 0; i < COUNT(cases); i++) {
		first->ifa_prefixlen = cases[i].prefix;
		report.count = 0;
		ways_choose(&report, &network,
			    &(struct sides){.lans = {2}, .nlans = 1, .wans = {3}, .nwans = 1},
			    NULL);
		if (cases[i].host)
			assert_endpoint(&(struct endpoint){.ip = report.ways[0].way.host},
					ep(cases[i].host, 0));
		else
			assert_string_equal(report.ways[0].absent,
					    "the subnet of br-lan has no room for a host");
	}
	network_free(&network);
}

static void machine_itself(void **state)
{
	const struct addr server = ep("9.9.9.9", 0).ip;
	struct network network;

	(void)state;
	model_way("", "eth1", &network);
	assert_int_equal(report.count, 2);
	assert_int_equal(report.ways[0].way.lan, 0);
	assert_string_equal(report.ways[0].lan, "");
	assert_endpoint(&(struct endpoint){.ip = report.ways[0].way.host}, ep("5.0.0.1", 0));
	report.count = 0;
	ways_choose(&report, &network, &(struct sides){.wans = {2}, .nwans = 1}, &server);
	assert_memory_equal(&report.ways[0].way.server, &server, sizeof(server));
	assert_memory_not_equal(&report.ways[1].way.server, &server, sizeof(server));
	network_free(&network);
}

static void too_many_ways(void **state)
{
	struct options options = {.lan = {6, {"a", "b", "c", "d", "e", "a"}},
				  .wan = {2, {"x", "y"}}};
	struct network network;
	struct sides sides;

	(void)state;
	assert_int_equal(model_make(&network, &sides, &options), 0);
	assert_int_equal(sides.nlans, 5);
	report = (struct report){0};
	ways_choose(&report, &network, &sides, NULL);
	assert_int_equal(report.count, WAYS_MAX);
	assert_int_equal(report.left_out, 4);
	assert_endpoint(&(struct endpoint){.ip = report.ways[12].way.host}, ep("192.168.4.10", 0));
	network_free(&network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_of_a_model),
		cmocka_unit_test(host_in_a_subnet),
		cmocka_unit_test(machine_itself),
		cmocka_unit_test(too_many_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
