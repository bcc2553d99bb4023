/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the fuzzers share. A parser must not only not crash: what it says must hold, and hold()
 * aborts when it does not.
 *
 * libFuzzer's input ends where its memory ends, so that a cursor on it that goes too far is seen.
 */
#ifndef P2PSCOPE_TESTS_FUZZ_H
#define P2PSCOPE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2pscope/cursor.h"

#define hold(what)                                                                                \
	do {                                                                                      \
		if (!(what)) {                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what); \
			abort();                                                                  \
		}                                                                                 \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The message at `data` as the pipeline has it: a copy, at an offset. Gives how many bytes are
 * there.
 */
static inline u32 fuzz_copy(struct bytes *in, u32 at, const uint8_t *data, size_t size)
{
	u32 room = MESSAGE_KEPT - at, have = size < room ? (u32)size : room;

	memset(in->b, 0xcc, sizeof(in->b));
	if (have)
		memcpy(in->b + at, data, have);
	return have;
}

#endif
