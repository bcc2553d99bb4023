/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stages, verdicts and causes in sentences, for people: `explain` and the documents. */
#ifndef P2PSCOPE_ENGINE_VERDICT_TEXTS_H
#define P2PSCOPE_ENGINE_VERDICT_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/verdict/causes.h"

/* Whole sentences; "" where there is nothing to say. */
struct verdict_text {
	const char *means;
	const char *evidence; /* that it needs */
	const char *advice; /* what to do about it */
};

const struct verdict_text *stage_text(enum stage stage);
const struct verdict_text *verdict_text(enum verdict verdict);
const struct verdict_text *cause_text(enum cause cause);

/* What comes with a cause; a drop by this kernel is always blocked, here. */
enum verdict cause_verdict(enum cause cause);
enum where cause_where(enum cause cause);

/*
 * Returns whether a verdict can come with that place and cause: those that stand together in
 * causes.h, drops by this kernel, success, and `unknown` without a cause.
 */
bool verdict_is_listed(enum verdict verdict, enum where where, enum cause cause);

/*
 * Returns whether a cause rests on packets that never came, and not on one that was dropped here or
 * on a refusal. A new cause does not, unless it is listed.
 */
bool cause_is_absence(enum cause cause);

/* A row of the table of what is tried (predicates.h). */
struct row_text {
	unsigned int phase; /* enum verdict_phase */
	const char *title; /* of the phase: when its rows are tried */
	unsigned int outcome; /* enum cause or enum row_outcome */
	unsigned int flags; /* enum row_flags */
	const char *evidence;
};

/* Returns the row of that number, in the order in which they are tried; NULL after the last. */
const struct row_text *row_text(size_t number);

#endif
