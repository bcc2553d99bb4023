/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A loop whose body the verifier checks once: bpf_loop() in BPF (Linux 5.17; the including program
 * declares it), a plain loop natively. `body` is called at most `times` times, with the index and
 * `ctx`, which is on the stack; it returns 0 to go on, 1 to stop.
 *
 * What a step changes must not be on the stack: there the verifier follows each value, finds every
 * step different from the one before, and never comes to an end. So `ctx` holds pointers, and the
 * numbers are in the memory that they point to.
 */
#ifndef P2PSCOPE_LOOP_H
#define P2PSCOPE_LOOP_H

#include "types.h"

/*
 * Before a short loop with a call in it: Linux 6.1 takes a call right before a loop's head for a
 * jump back into it.
 */
#ifdef __clang__
#define loop_unrolled _Pragma("clang loop unroll(full)")
#else
#define loop_unrolled
#endif

#ifdef __bpf__
#define loop_times(times, body, ctx) bpf_loop(times, body, ctx, 0)
#else
static inline void loop_times(u32 times, int (*body)(u32 index, void *ctx), void *ctx)
{
	for (u32 i = 0; i < times; i++)
		if (body(i, ctx))
			return;
}
#endif

#endif
