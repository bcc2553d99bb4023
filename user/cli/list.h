/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A list of the daemon's, of any length: taken item by item as it comes. */
#ifndef P2PSCOPE_LIST_H
#define P2PSCOPE_LIST_H

#include "cli/client.h"

/* Takes an item, which stays the caller's. Gives 0, or -ENOMEM to end it. */
typedef int (*list_item_fn)(void *arg, const json_t *item);

/*
 * Gets a page that is a list of sessions and has each taken; with --json the page is printed
 * instead. EXIT_DONE, or EXIT_PROBLEM after having said what is wrong.
 */
int list_get(const struct options *options, const char *page, list_item_fn take, void *arg);

#endif
