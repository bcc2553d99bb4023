/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asking the kernel where packets go, in the caller's network namespace. */
#ifndef P2PSCOPE_SHADOW_ROUTE_H
#define P2PSCOPE_SHADOW_ROUTE_H

#include "p2pscope/types.h"

/*
 * Asks for the route of packets from `src` to `dst` that arrive on the interface `came_in`; 0: they
 * are the machine's own, and `src` is ignored. Writes the interface by which they leave to `out`
 * unless that is NULL. Returns 0; -ENETUNREACH or -EHOSTUNREACH when there is no route; -EXDEV when
 * reverse path filtering refuses `src` there; or the kernel's -errno (RTM_GETROUTE,
 * inet_rtm_getroute()).
 */
int route_find(const struct addr *src, const struct addr *dst, u32 came_in, u32 *out);

/* Returns whether packets of that IP version that arrive on the interface are forwarded. */
bool route_forwards(u8 version, const char *interface);

#endif
