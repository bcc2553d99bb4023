/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Addresses and endpoints: what kind they are, and how they are written. Addresses are bytes in
 * network order, IPv4 as ::ffff:a.b.c.d; ports are in host byte order.
 */
#ifndef P2PSCOPE_UTIL_ADDRESS_H
#define P2PSCOPE_UTIL_ADDRESS_H

#include "p2pscope/types.h"

/* Returns whether the endpoint is not all zero, which stands for an unknown one. */
bool endpoint_known(const struct endpoint *ep);

/*
 * Returns whether the address has no meaning on the internet: RFC 1918, RFC 3927 (link-local),
 * RFC 6598 (shared), RFC 4193 (unique local), RFC 4291 section 2.5.6 (link-local), loopback.
 */
bool addr_is_private(const struct addr *a);

/* Returns whether the address lies between a subscriber's NAT and its carrier's: RFC 6598. */
bool addr_is_shared(const struct addr *a);

/* Bytes that the text of any address or endpoint needs: "[", 45 characters, "]:65535", NUL. */
#define ENDPOINT_TEXT 56

/* Writes "192.0.2.1" or "2001:db8::1". Returns `text`, which holds ENDPOINT_TEXT bytes. */
const char *addr_text(const struct addr *ip, char *text);

/* Reads what addr_text() writes. Returns whether it was an address. */
bool addr_parse(const char *text, struct addr *ip);

/*
 * Writes "192.0.2.1:7000" or "[2001:db8::1]:7000". Returns `text`, which holds ENDPOINT_TEXT
 * bytes, all of which are written.
 */
const char *endpoint_text(const struct endpoint *ep, char *text);

#endif
