/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of iptables-legacy, which the kernel keeps apart from those of nftables and traces in
 * another way: in a shadow they are made tables of nftables.
 */
#ifndef P2PSCOPE_SHADOW_IPTABLES_LEGACY_H
#define P2PSCOPE_SHADOW_IPTABLES_LEGACY_H
#include "shadow/ruleset.h"

#define LEGACY_FAMILIES 2 /* IPv4, IPv6 */

struct legacy_tables {
	int names[LEGACY_FAMILIES]; /* the kernel's files with the tables' names; -1: it has none */
	/* as iptables-legacy-save(8) writes them; NULL: no table does anything */
	char *texts[LEGACY_FAMILIES];
	char why_not
		[REASON_TEXT]; /* the tables that there are are not in the shadow; "" when they are */
};

/* To be called as root, in the gateway's namespace. */
void legacy_open(struct legacy_tables *legacy);

/*
 * Reads the tables and adds their rules to the index of `running`, which is to be read before and
 * freed before `legacy`; a rule's handle is its number in its chain, as `iptables -L
 * --line-numbers` counts. What stands in the way is said in why_not. -ENOMEM.
 */
int legacy_read(struct legacy_tables *legacy, struct ruleset *running);
void legacy_free(struct legacy_tables *legacy);

/*
 * Makes them tables of the shadow that the caller is in. False when something, which why_not says,
 * stood in the way.
 */
bool legacy_load(struct legacy_tables *legacy);

#endif
