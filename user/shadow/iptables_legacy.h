/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of iptables-legacy, which the kernel keeps apart from those of nftables and traces in
 * another way. In a shadow they become tables of nftables.
 */
#ifndef P2PSCOPE_SHADOW_IPTABLES_LEGACY_H
#define P2PSCOPE_SHADOW_IPTABLES_LEGACY_H

#include "shadow/ruleset.h"

#define LEGACY_FAMILIES 2 /* IPv4, IPv6 */

struct legacy_tables {
	int names[LEGACY_FAMILIES]; /* the kernel's files with the tables' names; -1: none */
	char *texts[LEGACY_FAMILIES]; /* as iptables-legacy-save(8) prints them; NULL: no rules */
	char why_not[REASON_TEXT]; /* why the tables are not in the shadow; "": they are */
};

/* Opens the kernel's files. Call it as root, in the gateway's network namespace. */
void legacy_open(struct legacy_tables *legacy);

/*
 * Reads the tables and adds their rules to the index of `running`, which must be read before and
 * freed before `legacy`. A rule's handle is its number in its chain. An obstacle is written to
 * why_not. Returns 0 or -ENOMEM.
 */
int legacy_read(struct legacy_tables *legacy, struct ruleset *running);

/* Frees the texts; the files stay open. */
void legacy_free(struct legacy_tables *legacy);

/*
 * Loads the tables into the shadow that the caller is in. Returns false when an obstacle, which is
 * in why_not, has kept them out.
 */
bool legacy_load(struct legacy_tables *legacy);

#endif
