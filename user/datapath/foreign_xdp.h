/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* XDP programs of others. Packets that such a program drops in the driver cannot be observed. */
#ifndef P2PSCOPE_DATAPATH_FOREIGN_XDP_H
#define P2PSCOPE_DATAPATH_FOREIGN_XDP_H

#include "datapath/loader.h"

/*
 * Returns the id of the XDP program on the interface, or 0 when there is none or it is ours, of
 * the same version. Without CAP_SYS_ADMIN programs cannot be inspected, and any counts as
 * another's.
 */
u32 foreign_xdp_id(const struct loader *loader, int ifindex);

#endif
