/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the loader writes into the programs' read-only data before it loads them. */
#ifndef P2PSCOPE_CONFIG_H
#define P2PSCOPE_CONFIG_H

#include "types.h"

/* interfaces that can be observed; the `observed` map holds their indexes, 0 in an empty slot */
#define OBSERVED_MAX 16

struct config {
	/* inode number of the observed network namespace: drops elsewhere are not ours */
	u32 netns;
	u32 zero;
};

#endif
