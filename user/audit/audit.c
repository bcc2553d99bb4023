/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "shadow/ct_entry.h"
#include "audit/result.h"
#include "audit/idle.h"
#include "shadow/route.h"
#include "util/address.h"

struct audit {
	const struct shadow *shadow;
	const struct ruleset *listed;
	const struct way *way;
};

static bool is_unreachable(int err)
{
	return err == -ENETUNREACH || err == -EHOSTUNREACH;
}

/*
 * A host may have routes that the machine itself has not (policy rules), and the machine some that
 * are not for hosts (forwarding is off).
 */
static bool has_route(const struct way *way, u32 *out)
{
	*out = way->wan;
	return !is_unreachable(route_find(&way->host, &way->server, way->lan, out)) ||
	       !is_unreachable(route_find(NULL, &way->server, 0, out));
}

static bool is_down(const struct shadow *shadow, u32 interface)
{
	const struct link *link = network_link(shadow->network, interface);

	return link && !link->up;
}

/*
 * Gives whether there is such a way, and by which interface packets to the server leave; else says
 * why not.
 */
static bool find_way(const struct shadow *shadow, const struct way *way, u32 *out, char *why,
		     size_t size)
{
	char address[ENDPOINT_TEXT];

	if (is_down(shadow, way->lan) || is_down(shadow, way->wan))
		snprintf(why, size, "an interface is down");
	else if (!has_route(way, out))
		snprintf(why, size, "no route to %s", addr_text(&way->server, address));
	else
		return true;
	return false;
}

static int hold(const struct audit *audit, const struct conversation *conversation,
		struct finding *finding)
{
	struct talk talk = {0};
	struct said said;
	int err = entries_forget(audit->shadow->conntrack);

	if (!err)
		err = converse(audit->shadow, audit->way, conversation, &talk, &said);
	if (err)
		return err;
	finding_make(audit->shadow, audit->listed, &said, finding);
	if (conversation->need == NEED_IDLE && finding->result == RESULT_PASSES)
		err = idle_measure(audit->shadow, audit->way, conversation, &talk, finding);
	return err;
}

static int hold_all(const struct audit *audit, struct finding *findings)
{
	int err = 0;

	for (const struct conversation *conversation = conversations; !err && conversation->steps;
	     conversation++) {
		struct finding *finding = &findings[conversation->need];

		if (!finding->step[0] || finding->result == RESULT_PASSES)
			err = hold(audit, conversation, finding);
	}
	return err;
}

/*
 * Marks may lead packets elsewhere than the routes say: only when none went by this interface there
 * is no such way.
 */
static void judge_way(const struct audit *audit, u32 out, struct finding *findings)
{
	const struct link *link = network_link(audit->shadow->network, out);
	char why[WHY_NOT];

	if (out == audit->way->wan || !link)
		return;
	for (int need = 0; need < NEED_COUNT; need++)
		if (findings[need].result == RESULT_PASSES)
			return;
	snprintf(why, sizeof(why), "packets to the server leave by %s", link->name);
	findings_fill(findings, RESULT_ABSENT, why);
}

int audit_way(struct shadow *shadow, const struct ruleset *listed, const struct way *way,
	      struct finding *findings)
{
	const struct audit audit = {.shadow = shadow, .listed = listed, .way = way};
	char why[WHY_NOT];
	u32 out;
	int err;

	if (!find_way(shadow, way, &out, why, sizeof(why))) {
		findings_fill(findings, RESULT_ABSENT, why);
		return 0;
	}
	memset(findings, 0, NEED_COUNT * sizeof(*findings));
	err = exchange_prepare();
	if (!err)
		err = hold_all(&audit, findings);
	if (!err)
		judge_way(&audit, out, findings);
	return err;
}
