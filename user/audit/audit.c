/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/idle.h"
#include "audit/result.h"
#include "shadow/ct_entry.h"
#include "shadow/route.h"
#include "util/address.h"

struct audit_run {
	const struct shadow *shadow;
	const struct ruleset *listed;
	const struct audit_path *path;
};

static bool is_unreachable(int err)
{
	return err == -ENETUNREACH || err == -EHOSTUNREACH;
}

/*
 * A host may have routes that the gateway itself lacks (policy rules), and the gateway some that
 * hosts may not use (forwarding is off).
 */
static bool has_route(const struct audit_path *path, u32 *out)
{
	*out = path->wan;
	return !is_unreachable(route_find(&path->host, &path->server, path->lan, out)) ||
	       !is_unreachable(route_find(NULL, &path->server, 0, out));
}

static bool is_down(const struct shadow *shadow, u32 interface)
{
	const struct net_link *link = network_link(shadow->network, interface);

	return link && !link->up;
}

/*
 * Returns whether the path exists, with the interface by which packets to the server leave in
 * `out`; otherwise writes why it does not.
 */
static bool path_exists(const struct shadow *shadow, const struct audit_path *path, u32 *out,
			char *why, size_t size)
{
	char address[ENDPOINT_TEXT];

	if (is_down(shadow, path->lan) || is_down(shadow, path->wan))
		snprintf(why, size, "an interface is down");
	else if (!has_route(path, out))
		snprintf(why, size, "no route to %s", addr_text(&path->server, address));
	else
		return true;
	return false;
}

static int try_conversation(const struct audit_run *audit,
			    const struct audit_conversation *conversation,
			    struct test_result *result)
{
	struct conversation_state state = {0};
	struct conversation_end end;
	int err = ct_entries_flush(audit->shadow->conntrack);

	if (!err)
		err = conversation_run(audit->shadow, audit->path, conversation, &state, &end);
	if (err)
		return err;
	result_make(audit->shadow, audit->listed, &end, result);
	if (conversation->test == TEST_IDLE && result->kind == RESULT_PASSES)
		err = idle_measure(audit->shadow, audit->path, conversation, &state, result);
	return err;
}

static int try_all_tests(const struct audit_run *audit, struct test_result *results)
{
	int err = 0;

	for (const struct audit_conversation *conversation = conversations;
	     !err && conversation->steps; conversation++) {
		struct test_result *result = &results[conversation->test];

		if (!result->step[0] || result->kind == RESULT_PASSES)
			err = try_conversation(audit, conversation, result);
	}
	return err;
}

/*
 * Packets may leave elsewhere than the routes say, as marks select other tables: the path is absent
 * only when no test passed by its interface.
 */
static void check_path_taken(const struct audit_run *audit, u32 out, struct test_result *results)
{
	const struct net_link *link = network_link(audit->shadow->network, out);
	char why[REASON_TEXT];

	if (out == audit->path->wan || !link)
		return;
	for (int test = 0; test < TEST_COUNT; test++)
		if (results[test].kind == RESULT_PASSES)
			return;
	snprintf(why, sizeof(why), "packets to the server leave by %s", link->name);
	results_fill(results, RESULT_ABSENT, why);
}

int audit_path_run(struct shadow *shadow, const struct ruleset *listed,
		   const struct audit_path *path, struct test_result *results)
{
	const struct audit_run audit = {.shadow = shadow, .listed = listed, .path = path};
	char why[REASON_TEXT];
	u32 out;
	int err;

	if (!path_exists(shadow, path, &out, why, sizeof(why))) {
		results_fill(results, RESULT_ABSENT, why);
		return 0;
	}
	memset(results, 0, TEST_COUNT * sizeof(*results));
	err = exchange_prepare();
	if (!err)
		err = try_all_tests(&audit, results);
	if (!err)
		check_path_taken(&audit, out, results);
	return err;
}
