/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every unit test begins with: cmocka, and what it wants included before it. */
#ifndef P2PSCOPE_TESTS_SUITE_H
#define P2PSCOPE_TESTS_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "message.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline void assert_endpoint(const struct endpoint *is, struct endpoint want)
{
	assert_memory_equal(is->ip.b, want.ip.b, 16);
	assert_int_equal(is->port, want.port);
	assert_int_equal(is->zero, 0);
}

#endif
