/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The privileges of the helper and of its worker. */
#ifndef P2PSCOPE_ATTRIBUTION_HELPER_CAPS_H
#define P2PSCOPE_ATTRIBUTION_HELPER_CAPS_H

/*
 * Becomes nobody, when it is root, and keeps only the capabilities that reading a ruleset and
 * building a shadow need, as far as it has them. The process then ends with its parent. Returns 0
 * or -errno.
 */
int helper_drop_capabilities(void);

/* Keeps of these only what a worker needs once its shadow is built. Returns 0 or -errno. */
int worker_drop_capabilities(void);

#endif
