/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An observation point at one moment, as the outputs show it. */
#ifndef P2PSCOPE_DATAPATH_POINT_SNAPSHOT_H
#define P2PSCOPE_DATAPATH_POINT_SNAPSHOT_H

#include <net/if.h>

#include "engine/engine.h"
#include "p2pscope/flow.h"

struct point_snapshot {
	char name[IF_NAMESIZE];
	enum side side;
	const char *ingress, *egress; /* the hooks in use, as hook_name() names them */
	struct point_counters counters; /* the sums of all processors */
};

#endif
