/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel functions in which packets are dropped, by address, from /proc/kallsyms. Only those
 * are kept whose name says who dropped a packet where the drop reason does not: a program behind
 * NFQUEUE, a rule of nftables or iptables, tc, XDP.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_KALLSYMS_H
#define P2PSCOPE_SOURCE_LIVE_KALLSYMS_H

#include <stdio.h>

#include "p2pscope/types.h"

#define KALLSYMS "/proc/kallsyms"

struct kallsyms;

/*
 * Reads the list at `path`, which is KALLSYMS but in tests, and keeps it open: whether addresses
 * are shown depends on who opened it (kallsyms_show_value() in the kernel's kernel/ksyms_common.c).
 * Where they are hidden no function is found. Returns 0 or -errno.
 */
int kallsyms_open(struct kallsyms **out, const char *path);

/* The same for a list that is already open; `file` is closed with the list, or when this fails. */
int kallsyms_open_file(struct kallsyms **out, FILE *file);

/* Closes the list; takes NULL too. */
void kallsyms_close(struct kallsyms *symbols);

/*
 * Reads the list again: modules come and go, and that of NFQUEUE comes with the first rule that
 * needs it. Returns 0, or -errno and then no function is found.
 */
int kallsyms_refresh(struct kallsyms *symbols);

/*
 * Returns the name of the function that holds `address`, without a compiler's suffix as in
 * "nf_queue.cold"; NULL when it is none of those that are kept, or `symbols` is NULL. The name is a
 * constant.
 */
const char *kallsyms_name(const struct kallsyms *symbols, u64 address);

#endif
