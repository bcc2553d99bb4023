/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables for people: columns as wide as their widest cell. */
#ifndef P2PSCOPE_COLUMNS_H
#define P2PSCOPE_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

struct columns;

/*
 * Creates a table; `heads`, the titles of the columns, must outlive it. Returns NULL when out of
 * memory.
 */
struct columns *columns_new(const char *const *heads, size_t count);
void columns_free(struct columns *columns);

/*
 * Adds a row of copies of `cells`, one for each column; NULL and "" are shown as "-". Returns 0
 * or -ENOMEM.
 */
int columns_row(struct columns *columns, const char *const *cells);

/* Prints the titles and all complete rows. */
void columns_print(const struct columns *columns, FILE *out);

#endif
