/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by the fuzzers. A parser must not only not crash: its results must hold, and hold() aborts
 * when they do not. libFuzzer's input ends where its memory ends, so that AddressSanitizer sees a
 * cursor that goes too far.
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
 * Puts the message at `data` where the pipeline has it: into a copy, at an offset. Returns how many
 * bytes are there.
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
