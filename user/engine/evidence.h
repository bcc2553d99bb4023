/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What verdicts rest on, kept as codes and arguments. */
#ifndef P2PSCOPE_ENGINE_EVIDENCE_H
#define P2PSCOPE_ENGINE_EVIDENCE_H

#include <stdarg.h>

#include "engine/evidence_codes.h"
#include "engine/view.h"

/* One constant per code, so that the compiler checks the arguments of each call against it. */
#define EVIDENCE_FORMAT(name, word, format) static const char name##_FORMAT[] = format;
P2PSCOPE_EVIDENCE(EVIDENCE_FORMAT)
#undef EVIDENCE_FORMAT

/* Items in the order in which they were added, packed (see evidence.c). All zero: empty. */
struct evidence_log {
	u8 *bytes;
	u32 len; /* of these bytes are in use */
	u32 room; /* bytes that there are; 0: they are on the heap and grow */
	u32 count; /* items */
	u32 lost; /* items that found no room */
};

/*
 * Appends one item unless the log holds `most` already; else, and when memory is out or the
 * arguments are too long, it is counted as lost. `format` is the code's, `args` are its arguments.
 */
void evidence_add(struct evidence_log *log, u32 most, u64 time_ns, enum point at,
		  enum evidence_code code, const char *format, va_list args);

/* Appends all items of `from`, with their codes and arguments, as evidence_add() does. */
void evidence_append(struct evidence_log *log, u32 most, const struct evidence_log *from);

/*
 * Returns the items as text, ordered by time, items of the same time in the order in which they
 * were added; to be freed with free(). NULL when there are none, or memory is out.
 */
struct evidence *evidence_copy(const struct evidence_log *log);

#endif
