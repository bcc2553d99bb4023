/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many ports of each outside address of ours are in use. */
#ifndef P2PSCOPE_ENGINE_NAT_OUTSIDE_USE_H
#define P2PSCOPE_ENGINE_NAT_OUTSIDE_USE_H

#include <uthash.h>

#include "p2pscope/types.h"

/* An outside address, as long as one of its ports is in use; in a hash table of uthash. */
struct outside_use {
	struct addr ip;
	UT_hash_handle hh;
	u32 ports[2]; /* [0] UDP, [1] TCP; a port that several mappings share counts once */
};

/* A port of the address is in use now; that is not counted when memory is out. */
void outside_use_begins(struct outside_use **uses, const struct addr *ip, u32 proto);
/* It is in use no more. */
void outside_use_ends(struct outside_use **uses, const struct addr *ip, u32 proto);

#endif
