/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A path through the gateway that an audit tries. */
#ifndef P2PSCOPE_AUDIT_PATH_H
#define P2PSCOPE_AUDIT_PATH_H

#include "p2pscope/types.h"

/* From a host on the LAN, or from the gateway itself, to the other parties of a call. */
struct audit_path {
	u32 lan, wan; /* interface numbers; lan 0: from the gateway itself */
	u8 version; /* of IP: 4 or 6 */
	struct addr host; /* with lan 0 the gateway's own address */
	struct addr server; /* STUN and TURN server */
	struct addr peer;
	struct addr other; /* somebody to whom the host has sent nothing */
};

#endif
