/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes bytes from the network, and names that others chose, safe to print. */
#ifndef P2PSCOPE_UTIL_TEXT_H
#define P2PSCOPE_UTIL_TEXT_H

#include <stddef.h>

#include "p2pscope/types.h"

/*
 * Writes bytes from the network: printable ASCII as it is, anything else and the backslash as \xNN.
 * `out` holds `size` bytes, 4 * length + 1 are enough for all of it; what does not fit is cut.
 * Returns `out`.
 */
const char *text_bytes(char *out, size_t size, const u8 *bytes, size_t length);

/*
 * Writes a text such as an administrator's name for something: UTF-8 and the backslash stay as they
 * are, control characters become \xNN. What does not fit into `size` bytes is cut. Returns `out`.
 */
const char *text_line(char *out, size_t size, const char *text);

#endif
