/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is written for the verifier alone. None of it changes what the code does, natively it is
 * next to nothing.
 *
 */
#ifndef P2PSCOPE_BPF_VERIFIER_H
#define P2PSCOPE_BPF_VERIFIER_H

/*
 * Hides from the compiler what it knows of a value, where it would otherwise drop a check that the
 * verifier wants to see, or move pointer arithmetic in front of the test for NULL.
 */
#define hide_value(value) asm volatile("" : "+r"(value))

/*
 * Makes the compiler write to memory what it holds in registers, and read it back. The verifier
 * does not follow the contents of a map value: behind this all the paths that lead here look the
 * same to it, and what comes next is checked once instead of once for each path.
 *
 */
#define memory_barrier() asm volatile("" ::: "memory")

/*
 * A function that the verifier checks once, by its types alone, and not at each call. It must not
 * have a pointer argument that it uses as the key or the value of a map: Linux 6.1 does not take
 * that. So these functions find the message at hand by context_lookup(). Each returns an int.
 */
#ifdef __bpf__
#define GLOBAL_FUNCTION __attribute__((noinline)) int
#else
#define GLOBAL_FUNCTION static __maybe_unused int
#endif

#endif
