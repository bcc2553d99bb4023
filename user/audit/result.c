/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/result.h"
#include "util/address.h"

__attribute__((format(printf, 2, 3))) static void because(struct finding *finding,
							  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->why, sizeof(finding->why), format, args);
	va_end(args);
}

static const char *name_of(const struct shadow *shadow, u32 interface)
{
	const struct link *link = network_link(shadow->network, interface);

	return link ? link->name : "the machine itself";
}

static void take_rule(const struct shadow *shadow, const struct ruleset *listed,
		      const struct passage *passage, struct finding *finding)
{
	finding->result = RESULT_BLOCKED;
	finding->cause = passage->outcome == PACKET_QUEUED ? CAUSE_QUEUE : CAUSE_RULE;
	finding->queue = passage->outcome == PACKET_QUEUED ? passage->trace.queue : 0;
	finding->rule = passage->trace.rule;
	finding->has_rule = ruleset_translate(listed, &shadow->ruleset, &finding->rule);
	if (!finding->has_rule)
		because(finding, "rule %llu of the shadow is not in the ruleset",
			passage->trace.rule.handle);
}

static void explain_loss(const struct shadow *shadow, const struct hop *hop, int error,
			 struct finding *finding)
{
	char address[ENDPOINT_TEXT];

	finding->result = RESULT_BLOCKED;
	finding->cause = CAUSE_NO_ROUTE;
	if (error == -EOPNOTSUPP) {
		because(finding, "forwarding is off for what comes in on %s",
			name_of(shadow, hop->from));
	} else if (error == -EXDEV) {
		finding->cause = CAUSE_RPFILTER;
		because(finding, "the route back to %s is not by %s",
			addr_text(&hop->sender, address), name_of(shadow, hop->from));
	} else if (error == -ENETUNREACH || error == -EHOSTUNREACH || error == -EACCES) {
		because(finding, "no route to %s", addr_text(&hop->receiver, address));
	} else {
		finding->cause = CAUSE_DROP;
		because(finding, "no rule drops it, and it never comes out%s%s", error ? ": " : "",
			error ? strerror(-error) : "");
	}
}

/* What leaves by another interface has another way; what comes back should not. */
static void explain_astray(const struct shadow *shadow, const struct said *said,
			   struct finding *finding)
{
	const struct passage *passage = &said->passage;
	bool out = said->step->kind == STEP_OUT;
	char address[ENDPOINT_TEXT];

	if (passage->out) {
		finding->result = out ? RESULT_ABSENT : RESULT_BLOCKED;
		because(finding, "it leaves by %s for %s", name_of(shadow, passage->out),
			addr_text(&passage->dst.ip, address));
	} else if (out) {
		finding->result = RESULT_UNKNOWN;
		because(finding, "the gateway has it for a program of its own: a proxy?");
	} else {
		finding->result = RESULT_BLOCKED;
		because(finding, "the gateway has it for itself: no mapping leads to the host");
	}
	finding->cause = finding->result == RESULT_BLOCKED ? CAUSE_DROP : CAUSE_NONE;
}

void finding_make(const struct shadow *shadow, const struct ruleset *listed,
		  const struct said *said, struct finding *finding)
{
	const struct passage *passage = &said->passage;

	*finding = (struct finding){.result = RESULT_PASSES};
	snprintf(finding->step, sizeof(finding->step), "%s, %s", said->step->name,
		 said->step->kind == STEP_OUT ? "out" : "in");
	switch (passage->outcome) {
	case PACKET_PASSED:
		break;
	case PACKET_DROPPED:
	case PACKET_QUEUED:
		take_rule(shadow, listed, passage, finding);
		break;
	case PACKET_TOO_BIG:
		finding->result = RESULT_BLOCKED;
		finding->cause = CAUSE_MTU;
		because(finding, "the MTU is %u bytes", passage->mtu);
		break;
	case PACKET_ASTRAY:
		explain_astray(shadow, said, finding);
		break;
	case PACKET_IN_PIECES:
		finding->result = RESULT_UNKNOWN;
		because(finding, "it comes in fragments: the MTU is %u bytes", passage->mtu);
		break;
	case PACKET_UNTOLD:
		finding->result = RESULT_UNKNOWN;
		because(finding, "too many rules match to be told of all");
		break;
	default:
		explain_loss(shadow, &said->hop, passage->error, finding);
	}
}

void findings_fill(struct finding *findings, u8 result, const char *why)
{
	for (int need = 0; need < NEED_COUNT; need++) {
		findings[need] = (struct finding){.result = result};
		because(&findings[need], "%s", why);
	}
}
