/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the daemon and the helper say to each other: messages of one size each way, with numbers and
 * a packet's bytes in them, and no names or paths on the way in.
 */
#ifndef P2PSCOPE_ATTRIBUTION_PROTOCOL_H
#define P2PSCOPE_ATTRIBUTION_PROTOCOL_H
#include <stddef.h>

#include "engine/engine.h"
#include "shadow/frame.h"
#include "shadow/ruleset.h"

struct helper_question {
	u32 serial; /* not 0; comes back with the answer */
	u8 kind; /* enum question_kind */
	u32 generation; /* of the ruleset whose rules are known */
	struct dropped_packet dropped; /* of QUESTION_DROP */
};

/*
 * Which rule dropped a packet, or which ones can drop any: a message for each, and one at the end.
 */
enum question_kind { QUESTION_DROP, QUESTION_RULES, QUESTION_KINDS };

struct helper_answer {
	u32 serial; /* 0: to a message that was no question, and from the start */
	/*
	 * of the start: -errno when there can be no shadow; at the end of the rules: they cannot be
	 * read
	 */
	s32 error;
	u32 generation; /* at the end of the rules: of the ruleset that has them */
	u32 left_out; /* at the end of the rules: how many more there are */
	u8 ends; /* it is that end */
	u8 found;
	struct rule rule; /* when found */
	s32 queue; /* that the rule gives it to, or NOT_QUEUED, QUEUE_UNKNOWN */
	char why_not[REASON_TEXT]; /* when not */
};

/* Gives whether what came in is a question. */
static inline bool question_valid(const struct helper_question *question, size_t length)
{
	const struct dropped_packet *dropped = &question->dropped;

	return length == sizeof(*question) && question->serial && question->kind < QUESTION_KINDS &&
	       dropped->packet_have <= sizeof(dropped->packet) &&
	       dropped->packet_have <= dropped->packet_len;
}

#endif
