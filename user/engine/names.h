/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The words of the closed lists in p2pscope/words.h, and of the small ones that only the outputs
 * know.
 */
#ifndef P2PSCOPE_ENGINE_NAMES_H
#define P2PSCOPE_ENGINE_NAMES_H

#include "p2pscope/words.h"

enum words_list {
	WORDS_CLASSES,
	WORDS_CARRIERS,
	WORDS_STAGES,
	WORDS_VERDICTS,
	WORDS_WHERES,
	WORDS_CAUSES,
	WORDS_REASONS,
	WORDS_MAPS,
	WORDS_CANDIDATES, /* enum candidate_type; "" when unknown */
	WORDS_PAIR_STATES,
	WORDS_DTLS_STATES,
	WORDS_POINTS, /* enum point */
	WORDS_EVIDENCE, /* enum evidence_code */
	WORDS_MAPPING_KINDS,
	WORDS_MAPPING_ENDS,
	WORDS_BEHAVIOURS,
	WORDS_UPSTREAMS,
	WORDS_MEANINGS,
	WORDS_PAYLOADS, /* enum payload */
	WORDS_COURSE, /* enum course_state */
	WORDS_MEDIA_KINDS, /* enum media_kind */
	WORDS_LISTS,
};

/*
 * Returns the word of `value`; "" for a value that means "none", NULL for one that is not in the
 * list.
 */
const char *words_name(enum words_list list, unsigned int value);

/* Returns the value whose word is `word`, or -ENOENT. The empty word is in no list. */
int words_value(enum words_list list, const char *word);

/* Returns "udp", "tcp" or "tls" for a transport (PROTO_), else NULL. */
const char *words_transport(unsigned int proto);

/*
 * Returns the name of a STUN or TURN method as a label ("allocate"); "other" for one that is not
 * in event.h.
 */
const char *words_method(unsigned int method);

#endif
