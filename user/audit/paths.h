/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which paths an audit tries, and between which addresses. */
#ifndef P2PSCOPE_AUDIT_PATHS_H
#define P2PSCOPE_AUDIT_PATHS_H

#include "audit/report.h"
#include "audit/sides.h"
#include "shadow/network.h"

/*
 * Adds to the report a path for IPv4 and one for IPv6 of each pair of a LAN and a WAN interface, or
 * without a LAN from the gateway itself. Paths on which nobody can talk are absent, and say why.
 * `server` is the STUN server of the paths of its family; NULL: one is chosen.
 */
void paths_choose(struct audit_report *report, const struct network *network,
		  const struct gateway_sides *sides, const struct addr *server);

#endif
