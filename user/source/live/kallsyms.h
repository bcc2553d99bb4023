/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which of the kernel's functions an address lies in, for those by whose name a dropped packet's
 * fate can be told where the reason does not tell it: the verdict of a program behind NFQUEUE, a
 * rule of nftables or iptables, tc, XDP.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_KALLSYMS_H
#define P2PSCOPE_SOURCE_LIVE_KALLSYMS_H

#include "p2pscope/types.h"

#define KALLSYMS "/proc/kallsyms"

struct kallsyms;

/*
 * Reads the kernel's list of symbols, KALLSYMS, and keeps it open: who opened it decides whether
 * addresses are shown (kallsyms_show_value()). Where they are not there are no names. -errno.
 */
int kallsyms_open(struct kallsyms **out, const char *path);
void kallsyms_close(struct kallsyms *symbols);

/*
 * Reads it once more, as modules come and go: that of NFQUEUE comes with the first such rule.
 * -errno.
 */
int kallsyms_refresh(struct kallsyms *symbols);

/*
 * The name of the function that the address lies in, without the compiler's suffix; NULL when it is
 * none of those.
 */
const char *kallsyms_name(const struct kallsyms *symbols, u64 address);

#endif
