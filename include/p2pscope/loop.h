/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A loop whose body the verifier checks once: bpf_loop() in BPF (since Linux 5.17; its declaration
 * is the including program's business), a plain loop natively. The body gets the index and `ctx`,
 * which lies on the stack; it gives 1 to stop.
 *
 * What a step changes must not lie on the stack: there the verifier follows each value, finds every
 * step different from the one before, and never comes to an end. So `ctx` holds pointers, and the
 * numbers lie in memory that they point to.
 */
#ifndef P2PSCOPE_LOOP_H
#define P2PSCOPE_LOOP_H

#include "types.h"

/*
 * In front of a short loop that calls: Linux 6.1 takes a call right before a loop's head for a jump
 * back into it.
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
