/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Included first by every unit test: cmocka, the headers it needs before it, and what all fixtures
 * share.
 */
#ifndef P2PSCOPE_TESTS_SUITE_H
#define P2PSCOPE_TESTS_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "message.h"

#define MS 1000000ull /* in nanoseconds, as SEC */
#define SEC 1000000000ull
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* From the host to its peer, and back. */
enum host_dir { OUT, IN };

static inline void assert_endpoint(const struct endpoint *is, struct endpoint want)
{
	assert_memory_equal(is->ip.b, want.ip.b, 16);
	assert_int_equal(is->port, want.port);
	assert_int_equal(is->zero, 0);
}

#endif
