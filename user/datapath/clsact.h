/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Filters of the clsact qdisc, for kernels without tcx. Ours are recognized by their handle,
 * their priority and the name of their program.
 */
#ifndef P2PSCOPE_DATAPATH_CLSACT_H
#define P2PSCOPE_DATAPATH_CLSACT_H

#include <stdbool.h>

/*
 * Attaches a loaded program to one side of the interface. Creates the qdisc if there is none, and
 * sets `made` then. Returns 0 or -errno.
 */
int clsact_attach(int ifindex, bool egress, int program, bool *made);

/* Removes our filter from one side, if there is one. */
void clsact_detach(int ifindex, bool egress);

/* Removes the qdisc unless it has filters. */
void clsact_remove_qdisc(int ifindex);

/* Removes filters that an earlier process of ours left, and the qdisc if it has no others. */
void clsact_clean(int ifindex);

#endif
