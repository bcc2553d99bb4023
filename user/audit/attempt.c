/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/attempt.h"
#include "audit/shadow_send.h"
#include "audit/shadow_trace.h"

/* The ways in which a packet can have come to be dropped; the next one is tried when a rule lets it pass. */
static const struct attempt {
	bool with_mark;
} attempts[] = {
	/* as the network sent it, in a flow as far as the gateway's conntrack knows it */
	{.with_mark = false},
	/* with the mark that it had in the end, in case something other than the ruleset gave it: tc, a program */
	{.with_mark = true},
};

__attribute__((format(printf, 2, 3))) static void say(struct answer *answer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(answer->why_not, sizeof(answer->why_not), format, args);
	va_end(args);
}

static bool is(const struct conntrack *packet, const struct endpoint *src, const struct endpoint *dst)
{
	return endpoint_equal(&packet->orig_src, src) && endpoint_equal(&packet->orig_dst, dst);
}

/*
 * How the packet looked when it came in. A packet that is neither of its entry's tuples has been translated already: then it
 * mirrors the one of the other direction.
 */
static void arrival(const struct conntrack *packet, const struct conntrack *entry, struct conntrack *as)
{
	*as = *packet;
	if (entry->state != CONNTRACK_FOUND || is(packet, &entry->orig_src, &entry->orig_dst) ||
	    is(packet, &entry->reply_src, &entry->reply_dst))
		return;
	if (is(packet, &entry->orig_dst, &entry->orig_src)) {
		as->orig_src = entry->reply_src;
		as->orig_dst = entry->reply_dst;
	} else if (is(packet, &entry->reply_dst, &entry->reply_src)) {
		as->orig_src = entry->orig_src;
		as->orig_dst = entry->orig_dst;
	}
}

static int send_in(struct shadow *shadow, const struct dropped *dropped, const struct frame *frame,
		   const struct entry *entry, struct trace *trace)
{
	int err = entries_forget(shadow->conntrack);

	if (!err && entry->conntrack.state == CONNTRACK_FOUND)
		err = entry_write(shadow->conntrack, entry);
	if (err)
		return err;
	shadow_trace_start(shadow, trace);
	err = shadow_send(shadow, dropped->came_in, frame);
	return err ? err : shadow_trace_wait(shadow, trace);
}

static void take_rule(const struct shadow *shadow, const struct ruleset *running, const struct rule *rule,
		      struct answer *answer)
{
	answer->rule = *rule;
	answer->found = ruleset_translate(running, &shadow->ruleset, &answer->rule);
	if (!answer->found)
		say(answer, "rule %llu of the shadow is not in the ruleset", rule->handle);
}

static void judge(const struct shadow *shadow, const struct ruleset *running, const struct trace *trace,
		  struct answer *answer)
{
	switch (trace->fate) {
	case FATE_DROPPED:
		take_rule(shadow, running, &trace->rule, answer);
		break;
	case FATE_QUEUED:
		say(answer, "a rule of chain %.31s gives it to a queue", trace->rule.chain);
		break;
	case FATE_PASSED:
		say(answer, "the shadow lets it pass: a limit, quota, time, or a state that it does not have");
		break;
	default:
		say(answer, "no rule of the shadow saw it");
	}
}

static bool make_frame(const struct shadow *shadow, const struct dropped *dropped, const struct entry *entry,
		       struct frame *frame)
{
	static const struct link own;
	const struct link *link = dropped->came_in ? network_link(shadow->network, dropped->came_in) : &own;
	struct conntrack packet, as;
	bool known = frame_tuple(dropped, &packet);

	if (known)
		arrival(&packet, &entry->conntrack, &as);
	return link && frame_make(frame, dropped, known ? &as : NULL, link);
}

void attempt_all(struct shadow *shadow, const struct ruleset *running, const struct dropped *dropped,
		 const struct entry *entry, struct answer *answer)
{
	static struct frame frame;
	struct trace trace;
	int err = 0;

	if (!make_frame(shadow, dropped, entry, &frame)) {
		say(answer, "it cannot be sent again: not IP, or it came in on an interface that is gone");
		return;
	}
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]) && !err && !answer->found; i++) {
		if (attempts[i].with_mark && !dropped->mark)
			continue;
		err = shadow_set_mark(shadow, attempts[i].with_mark ? dropped->mark : 0);
		if (!err)
			err = send_in(shadow, dropped, &frame, entry, &trace);
		if (!err)
			judge(shadow, running, &trace, answer);
	}
	if (err)
		say(answer, "sending it into the shadow: %s", strerror(-err));
}
