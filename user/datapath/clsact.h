/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Filters below the clsact qdisc, for kernels without tcx. Ours have a handle and a priority of
 * their own and a program with our name, so that they are told from anybody else's.
 */
#ifndef P2PSCOPE_DATAPATH_CLSACT_H
#define P2PSCOPE_DATAPATH_CLSACT_H

#include <stdbool.h>

/* Attaches a loaded program; makes the qdisc if there is none and says so in `made`. -errno. */
int clsact_attach(int ifindex, bool egress, int program, bool *made);

/* Takes our filter off; nothing happens when there is none. */
void clsact_detach(int ifindex, bool egress);

/* Removes the qdisc unless somebody else has a filter below it. */
void clsact_remove_qdisc(int ifindex);

/* Takes off the filters of an earlier process of ours. */
void clsact_clean(int ifindex);

#endif
