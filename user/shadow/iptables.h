/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules as iptables-save(8) writes them, which Debian's package iptables makes rules of nftables
 * of.
 */
#ifndef P2PSCOPE_SHADOW_IPTABLES_H
#define P2PSCOPE_SHADOW_IPTABLES_H
#include "shadow/ruleset.h"

/*
 * Adds the tables in `text`, for AF_INET or AF_INET6, to the ruleset of the namespace that the
 * caller is in, in place of those with the same names. -EINVAL when they are refused, and `why`
 * says in one line what is wrong and in which line, or is empty; -ENOENT: there is no program for
 * it; -errno. What `text` says comes back in `why`: it may hold any byte.
 */
int iptables_load(int family, struct span text, char *why, size_t size);

#endif
