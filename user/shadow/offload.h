/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hardware offload in the text of a ruleset: `flags offload` of a flowtable or of a chain. */
#ifndef P2PSCOPE_SHADOW_OFFLOAD_H
#define P2PSCOPE_SHADOW_OFFLOAD_H

#include "shadow/span.h"

/* What it hides from an observer, for people. */
#define OFFLOAD_HIDES \
	"hardware offload: packets of offloaded flows pass unseen by any program on this gateway"

/* Finds the first one outside of comments and quotes. Returns whether there is one. */
bool offload_find(struct span text, struct span *found);

/*
 * Overwrites all of them with blanks, as a shadow's interfaces have no hardware. Returns whether
 * there was one.
 */
bool offload_blank(char *text, size_t length);

#endif
