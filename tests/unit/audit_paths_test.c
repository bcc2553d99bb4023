/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The paths that an audit tests, in a model network. */
#include <linux/if_addr.h>

#include "suite.h"

#include "shadow/model.h"
#include "audit/paths.h"

static struct audit_report report;

static void model_path(const char *lan, const char *wan, struct network *network)
{
	struct options options = {.lan = {.count = *lan ? 1 : 0, .items = {lan}},
				  .wan = {1, {wan}}};
	struct gateway_sides sides;

	assert_int_equal(model_make(network, &options), 0);
	sides_of_model(&sides, network, &options);
	report = (struct audit_report){0};
	paths_choose(&report, network, &sides, NULL);
}

static void paths_of_a_model(void **state)
{
	struct network network;

	(void)state;
	model_path("br-lan", "eth1", &network);
	assert_int_equal(report.count, 2);
	assert_string_equal(report.paths[1].lan, "br-lan");
	assert_string_equal(report.paths[1].wan, "eth1");
	assert_endpoint(&(struct endpoint){.ip = report.paths[0].path.host}, ep("192.168.1.10", 0));
	assert_endpoint(&(struct endpoint){.ip = report.paths[1].path.host},
			ep("2001:db8:1::10", 0));
	assert_string_equal(report.paths[1].absent, "");
	assert_memory_not_equal(&report.paths[0].path.peer, &report.paths[0].path.other,
				sizeof(struct addr));
	assert_memory_not_equal(&report.paths[0].path.peer, &report.paths[0].path.server,
				sizeof(struct addr));
	network.links[1].up = 0;
	paths_choose(&report, &network,
		     &(struct gateway_sides){.lans = {2}, .nlans = 1, .wans = {3}, .nwans = 1},
		     NULL);
	assert_string_equal(report.paths[2].absent, "br-lan is down");
	assert_int_equal(report.paths[2].results[TEST_MTU].kind, RESULT_ABSENT);
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
	model_path("br-lan", "eth1", &network);
	first = mnl_nlmsg_get_payload(netlink_batch_next(&network.addresses, NULL));
	for (size_t i = 0; i < COUNT(cases); i++) {
		first->ifa_prefixlen = cases[i].prefix;
		report.count = 0;
		paths_choose(
			&report, &network,
			&(struct gateway_sides){.lans = {2}, .nlans = 1, .wans = {3}, .nwans = 1},
			NULL);
		if (cases[i].host)
			assert_endpoint(&(struct endpoint){.ip = report.paths[0].path.host},
					ep(cases[i].host, 0));
		else
			assert_string_equal(report.paths[0].absent,
					    "the subnet of br-lan has no room for a host");
	}
	network_free(&network);
}

static void the_gateway_itself_as_host(void **state)
{
	const struct addr server = ep("9.9.9.9", 0).ip;
	struct network network;

	(void)state;
	model_path("", "eth1", &network);
	assert_int_equal(report.count, 2);
	assert_int_equal(report.paths[0].path.lan, 0);
	assert_string_equal(report.paths[0].lan, "");
	assert_endpoint(&(struct endpoint){.ip = report.paths[0].path.host}, ep("5.0.0.1", 0));
	report.count = 0;
	paths_choose(&report, &network, &(struct gateway_sides){.wans = {2}, .nwans = 1}, &server);
	assert_memory_equal(&report.paths[0].path.server, &server, sizeof(server));
	assert_memory_not_equal(&report.paths[1].path.server, &server, sizeof(server));
	network_free(&network);
}

static void too_many_paths(void **state)
{
	struct options options = {.lan = {6, {"a", "b", "c", "d", "e", "a"}},
				  .wan = {2, {"x", "y"}}};
	struct network network;
	struct gateway_sides sides;

	(void)state;
	assert_int_equal(model_make(&network, &options), 0);
	sides_of_model(&sides, &network, &options);
	assert_int_equal(sides.nlans, 5);
	report = (struct audit_report){0};
	paths_choose(&report, &network, &sides, NULL);
	assert_int_equal(report.count, PATHS_MAX);
	assert_int_equal(report.left_out, 4);
	assert_endpoint(&(struct endpoint){.ip = report.paths[12].path.host},
			ep("192.168.4.10", 0));
	network_free(&network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_a_model),
		cmocka_unit_test(host_in_a_subnet),
		cmocka_unit_test(the_gateway_itself_as_host),
		cmocka_unit_test(too_many_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
