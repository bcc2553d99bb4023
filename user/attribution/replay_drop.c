/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attribution/replay_drop.h"
#include "shadow/rule_text.h"
#include "shadow/trace.h"

/* How the packet may have come; the next variant is tried when no rule drops it. */
static const struct replay_variant {
	bool with_mark;
} variants[] = {
	/* as it reached the gateway, in the flow that conntrack knows */
	{.with_mark = false},
	/*
	 * with the mark it had when it was dropped, for tc or a program may have set that before
	 * any rule
	 */
	{.with_mark = true},
};

__attribute__((format(printf, 2, 3))) static void explain_no_rule(struct helper_answer *answer,
								  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(answer->why_not, sizeof(answer->why_not), format, args);
	va_end(args);
}

static int send_to_shadow(struct shadow *shadow, const struct dropped_packet *dropped,
			  const struct shadow_frame *frame, const struct ct_entry *entry,
			  struct trace *trace)
{
	int err = ct_entries_flush(shadow->conntrack);

	if (!err && entry->conntrack.state == CONNTRACK_FOUND)
		err = ct_entry_write(shadow->conntrack, entry);
	if (err)
		return err;
	shadow_trace_start(shadow, trace);
	err = shadow_send(shadow, dropped->came_in, frame);
	return err ? err : shadow_trace_wait(shadow, trace);
}

static void translate_rule(const struct shadow *shadow, const struct ruleset *running,
			   const struct rule *rule, struct helper_answer *answer)
{
	answer->rule = *rule;
	answer->found = ruleset_translate(running, &shadow->ruleset, &answer->rule);
	if (!answer->found)
		explain_no_rule(answer, "rule %llu of the shadow is not in the ruleset",
				rule->handle);
}

static void read_fate(const struct shadow *shadow, const struct ruleset *running,
		      const struct trace *trace, struct helper_answer *answer)
{
	switch (trace->fate) {
	case FATE_DROPPED:
		translate_rule(shadow, running, &trace->rule, answer);
		answer->queue = NOT_QUEUED;
		break;
	case FATE_QUEUED:
		translate_rule(shadow, running, &trace->rule, answer);
		answer->queue =
			rule_text_queue_is_fixed(answer->rule.text) ? trace->queue : QUEUE_UNKNOWN;
		break;
	case FATE_PASSED:
		explain_no_rule(answer,
				"the shadow lets it pass: a limit, quota, time, or a state that it "
				"does not have");
		break;
	default:
		explain_no_rule(answer, "no rule of the shadow saw it");
	}
}

static bool make_arriving_frame(const struct shadow *shadow, const struct dropped_packet *dropped,
				const struct ct_entry *entry, struct shadow_frame *frame)
{
	static const struct net_link own;
	const struct net_link *link =
		dropped->came_in ? network_link(shadow->network, dropped->came_in) : &own;
	struct conntrack packet, as;
	bool known = frame_tuple(dropped, &packet);

	if (known)
		ct_entry_arrival(entry, &packet, &as);
	return link && frame_make(frame, dropped, known ? &as : NULL, link);
}

/* What is limited to less than that at once, and to some hundred a second, drops what follows. */
#define BURST_PACKETS 64
#define BURST_TRIES 3 /* the trace of the burst's own last packets may come late */

/*
 * Sends the packet again and again, as its neighbours have passed the running ruleset: a rule that
 * limits their rate drops one of them. Any other rule that does is not the one that was sought.
 */
static int replay_burst(struct shadow *shadow, const struct ruleset *running,
			const struct dropped_packet *dropped, const struct shadow_frame *frame,
			const struct ct_entry *entry, struct helper_answer *answer)
{
	struct trace trace = {.fate = FATE_PASSED};
	int err = 0;

	for (int i = 0; i < BURST_PACKETS && !err; i++)
		err = shadow_send(shadow, dropped->came_in, frame);
	for (int i = 0; i < BURST_TRIES && !err && trace.fate == FATE_PASSED; i++)
		err = send_to_shadow(shadow, dropped, frame, entry, &trace);
	if (err || trace.fate != FATE_DROPPED)
		return err;
	read_fate(shadow, running, &trace, answer);
	if (answer->found && !strstr(answer->rule.text, "limit")) {
		answer->found = false;
		explain_no_rule(answer, "the shadow drops only some such packets, by no limit");
	}
	return 0;
}

void replay_drop(struct shadow *shadow, const struct ruleset *running,
		 const struct dropped_packet *dropped, const struct ct_entry *entry, bool burst,
		 struct helper_answer *answer)
{
	static struct shadow_frame frame;
	struct trace trace;
	int err = 0;

	if (!make_arriving_frame(shadow, dropped, entry, &frame)) {
		explain_no_rule(
			answer,
			"it cannot be replayed: not IP, or the interface it came in on is gone");
		return;
	}
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]) && !err && !answer->found;
	     i++) {
		if (variants[i].with_mark && !dropped->mark)
			continue;
		err = shadow_set_mark(shadow, variants[i].with_mark ? dropped->mark : 0);
		if (!err)
			err = send_to_shadow(shadow, dropped, &frame, entry, &trace);
		if (!err)
			read_fate(shadow, running, &trace, answer);
	}
	if (!err && burst && !answer->found && trace.fate == FATE_PASSED)
		err = replay_burst(shadow, running, dropped, &frame, entry, answer);
	if (err)
		explain_no_rule(answer, "replaying it in the shadow failed: %s", strerror(-err));
}
