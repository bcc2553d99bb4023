/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ways that an audit tries: from where to where. */
#ifndef P2PSCOPE_AUDIT_PATHS_H
#define P2PSCOPE_AUDIT_PATHS_H
#include "audit/report.h"
#include "audit/sides.h"
#include "shadow/network.h"

/*
 * Fills the report's ways, IPv4 and IPv6 of each LAN and each WAN, without a LAN of the machine
 * itself. `server` is the one to be asked, for ways of its family, or NULL.
 */
void paths_choose(struct audit_report *report, const struct network *network,
		  const struct gateway_sides *sides, const struct addr *server);

#endif
