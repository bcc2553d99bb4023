/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asking the kernel where packets go, in the namespace that the caller is in. */
#ifndef P2PSCOPE_SHADOW_ROUTE_H
#define P2PSCOPE_SHADOW_ROUTE_H
#include "p2pscope/types.h"

/*
 * Asks for the way of packets from `src` to `dst` that come in on an interface, or with 0 are the
 * machine's own: then `src` is not looked at. Gives the interface they leave by in `out`, which may
 * be NULL. -ENETUNREACH, -EHOSTUNREACH: there is none; -EXDEV: packets from `src` do not come from
 * there; else the kernel's -errno.
 */
int route_find(const struct addr *src, const struct addr *dst, u32 came_in, u32 *out);

/* Gives whether what comes in on an interface is forwarded at all. */
bool route_forwards(u8 version, const char *interface);

#endif
