/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and bytes from the network as text that is safe to print. */
#ifndef P2PSCOPE_UTIL_TEXT_H
#define P2PSCOPE_UTIL_TEXT_H

#include <stddef.h>

#include "p2pscope/types.h"

/* "[" 39 digits "]:" five digits and the end */
#define ENDPOINT_TEXT 64

/* Writes "192.0.2.1" or "2001:db8::1" into `out` (ENDPOINT_TEXT bytes) and gives it back. */
const char *text_addr(char *out, const struct addr *ip);

/* Reads what text_addr() writes. Gives whether it is an address. */
bool text_to_addr(const char *text, struct addr *ip);

/*
 * Writes "192.0.2.1:7000" or "[2001:db8::1]:7000" into `out` (ENDPOINT_TEXT bytes) and gives it
 * back.
 */
const char *text_endpoint(char *out, const struct endpoint *endpoint);

/* An endpoint that is not known is all zero. */
bool text_known(const struct endpoint *endpoint);

/*
 * Writes bytes from the network: printable ASCII as it is, anything else and the backslash as \xNN.
 * `out` holds `size` bytes, 4 * length + 1 are enough for all of it; what does not fit is cut.
 * Gives `out`.
 */
const char *text_bytes(char *out, size_t size, const u8 *bytes, size_t length);

/*
 * The same of a text, such as a name of the administrator's: UTF-8 and the backslash stay, control
 * characters become \xNN.
 */
const char *text_line(char *out, size_t size, const char *text);

#endif
