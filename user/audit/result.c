/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/result.h"
#include "util/address.h"

__attribute__((format(printf, 2, 3))) static void set_reason(struct test_result *result,
							     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(result->why, sizeof(result->why), format, args);
	va_end(args);
}

static const char *name_of(const struct shadow *shadow, u32 interface)
{
	const struct net_link *link = network_link(shadow->network, interface);

	return link ? link->name : "the gateway itself";
}

static void blame_rule(const struct shadow *shadow, const struct ruleset *listed,
		       const struct passage *passage, struct test_result *result)
{
	result->kind = RESULT_BLOCKED;
	result->cause = passage->outcome == PACKET_QUEUED ? CAUSE_QUEUE : CAUSE_RULE;
	result->queue = passage->outcome == PACKET_QUEUED ? passage->trace.queue : 0;
	result->rule = passage->trace.rule;
	result->has_rule = ruleset_translate(listed, &shadow->ruleset, &result->rule);
	if (!result->has_rule)
		set_reason(result, "rule %llu of the shadow is not in the ruleset",
			   passage->trace.rule.handle);
}

static void explain_loss(const struct shadow *shadow, const struct hop *hop, int error,
			 struct test_result *result)
{
	char address[ENDPOINT_TEXT];

	result->kind = RESULT_BLOCKED;
	result->cause = CAUSE_NO_ROUTE;
	if (error == -EOPNOTSUPP) {
		set_reason(result, "forwarding is off for what comes in on %s",
			   name_of(shadow, hop->from));
	} else if (error == -EXDEV) {
		result->cause = CAUSE_RPFILTER;
		set_reason(result, "the route back to %s is not by %s",
			   addr_text(&hop->sender, address), name_of(shadow, hop->from));
	} else if (error == -ENETUNREACH || error == -EHOSTUNREACH || error == -EACCES) {
		set_reason(result, "no route to %s", addr_text(&hop->receiver, address));
	} else {
		result->cause = CAUSE_DROP;
		set_reason(result, "no rule drops it, yet it never leaves the gateway%s%s",
			   error ? ": " : "", error ? strerror(-error) : "");
	}
}

/* A packet that leaves by another interface has another path; one that comes back must not. */
static void explain_astray(const struct shadow *shadow, const struct conversation_end *end,
			   struct test_result *result)
{
	const struct passage *passage = &end->passage;
	bool out = end->step->kind == STEP_OUT;
	char address[ENDPOINT_TEXT];

	if (passage->out) {
		result->kind = out ? RESULT_ABSENT : RESULT_BLOCKED;
		set_reason(result, "it leaves by %s for %s", name_of(shadow, passage->out),
			   addr_text(&passage->dst.ip, address));
	} else if (out) {
		result->kind = RESULT_UNKNOWN;
		set_reason(result, "delivered to a program on the gateway: a proxy?");
	} else {
		result->kind = RESULT_BLOCKED;
		set_reason(result, "delivered to the gateway itself: no mapping leads to the host");
	}
	result->cause = result->kind == RESULT_BLOCKED ? CAUSE_DROP : CAUSE_NONE;
}

void result_make(const struct shadow *shadow, const struct ruleset *listed,
		 const struct conversation_end *end, struct test_result *result)
{
	const struct passage *passage = &end->passage;

	*result = (struct test_result){.kind = RESULT_PASSES};
	snprintf(result->step, sizeof(result->step), "%s, %s", end->step->name,
		 end->step->kind == STEP_OUT ? "out" : "in");
	switch (passage->outcome) {
	case PACKET_PASSED:
		break;
	case PACKET_DROPPED:
	case PACKET_QUEUED:
		blame_rule(shadow, listed, passage, result);
		break;
	case PACKET_TOO_BIG:
		result->kind = RESULT_BLOCKED;
		result->cause = CAUSE_MTU;
		set_reason(result, "the MTU is %u bytes", passage->mtu);
		break;
	case PACKET_ASTRAY:
		explain_astray(shadow, end, result);
		break;
	case PACKET_IN_PIECES:
		result->kind = RESULT_UNKNOWN;
		set_reason(result, "it arrives in fragments: the MTU is %u bytes", passage->mtu);
		break;
	case PACKET_UNTOLD:
		result->kind = RESULT_UNKNOWN;
		set_reason(result, "too many rules match to trace them all");
		break;
	default:
		explain_loss(shadow, &end->hop, passage->error, result);
	}
}

void results_fill(struct test_result *results, u8 result, const char *why)
{
	for (int test = 0; test < TEST_COUNT; test++) {
		results[test] = (struct test_result){.kind = result};
		set_reason(&results[test], "%s", why);
	}
}
