/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the helper and its copies are allowed to do, and nothing else. */
#ifndef P2PSCOPE_ATTRIBUTION_HELPER_CAPS_H
#define P2PSCOPE_ATTRIBUTION_HELPER_CAPS_H

/*
 * Becomes nobody (if this is root) and keeps the capabilities to read a ruleset and to make
 * namespaces with one, as far as they are there. -errno.
 */
int helper_drop_capabilities(void);

/* Keeps of these what a shadow needs that is built. -errno. */
int worker_drop_capabilities(void);

#endif
