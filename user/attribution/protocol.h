/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The messages between the daemon and its helper: of one size each way, with numbers and a packet's
 * bytes in them. Nothing that the daemon sends is a name or a path.
 */
#ifndef P2PSCOPE_ATTRIBUTION_PROTOCOL_H
#define P2PSCOPE_ATTRIBUTION_PROTOCOL_H

#include <stddef.h>

#include "engine/engine.h"
#include "shadow/frame.h"
#include "shadow/ruleset.h"

/*
 * Which rule dropped a packet, which one answer tells; or which rules can drop packets, which takes
 * an answer for each rule and one at the end.
 */
enum question_kind { QUESTION_DROP, QUESTION_RULES, QUESTION_KINDS };

struct helper_question {
	u32 serial; /* not 0; its answers have the same */
	u8 kind; /* enum question_kind */
	u32 generation; /* of QUESTION_RULES: of the ruleset that is known */
	struct dropped_packet dropped; /* of QUESTION_DROP */
};

struct helper_answer {
	u32 serial; /* 0: the answer of the start, or to a message that was no question */
	s32 error; /* -errno: there can be no shadow (start), or no rules were read (end) */
	u32 generation; /* at the end: of the ruleset whose rules were listed */
	u32 left_out; /* at the end: how many more rules can drop */
	u8 ends; /* it is the end of the rules */
	u8 found;
	struct rule rule; /* with `found` */
	s32 queue; /* to which the rule gives the packet, or NOT_QUEUED, QUEUE_UNKNOWN */
	char why_not[REASON_TEXT]; /* without `found` */
};

/* Returns whether a message of `length` bytes is a question. */
static inline bool question_valid(const struct helper_question *question, size_t length)
{
	const struct dropped_packet *dropped = &question->dropped;

	return length == sizeof(*question) && question->serial && question->kind < QUESTION_KINDS &&
	       dropped->packet_have <= sizeof(dropped->packet) &&
	       dropped->packet_have <= dropped->packet_len;
}

#endif
