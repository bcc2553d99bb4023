/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose XDP program holds an interface. What it drops in the driver is seen by nobody. */
#ifndef P2PSCOPE_DATAPATH_FOREIGN_XDP_H
#define P2PSCOPE_DATAPATH_FOREIGN_XDP_H

#include "datapath/loader.h"

/*
 * Gives the id of an XDP program on the interface that is none of this version's, 0 when there is
 * none. Without the right to look at programs (CAP_SYS_ADMIN) any is.
 */
u32 foreign_xdp_id(const struct loader *loader, int ifindex);

#endif
