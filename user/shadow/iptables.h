/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loading rules that iptables-save(8) wrote, which iptables-nft turns into rules of nftables. */
#ifndef P2PSCOPE_SHADOW_IPTABLES_H
#define P2PSCOPE_SHADOW_IPTABLES_H

#include "shadow/span.h"

/*
 * Loads the tables in `text` into the caller's network namespace, in place of those with the same
 * names. `family` is AF_INET or AF_INET6. Returns 0; -EINVAL when they are refused, with what is
 * wrong and in which line in `why` of `size` bytes, one line that quotes `text` and so may hold any
 * byte, or ""; -ENOENT when iptables-nft is not installed; or another -errno.
 */
int iptables_load(int family, struct span text, char *why, size_t size);

#endif
