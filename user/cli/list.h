/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A list of the daemon, of any length: its items are processed as they arrive. */
#ifndef P2PSCOPE_LIST_H
#define P2PSCOPE_LIST_H

#include "cli/client.h"

/* Takes an item, which stays the caller's. Returns 0, or -ENOMEM to end the transfer. */
typedef int (*list_item_fn)(void *arg, const json_t *item);

/*
 * Gets a page that is a list of sessions and calls `take` for each; with --json the page is
 * printed instead. Returns EXIT_DONE, or EXIT_PROBLEM after having logged the reason.
 */
int list_get(const struct options *options, const char *page, list_item_fn take, void *arg);

#endif
