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

/*
 * Shortens the texts of a column, which are all of one length, to as few first characters as tell
 * them apart, `least` or more. Returns 0 or -ENOMEM; then nothing was changed.
 */
int columns_abbreviate(struct columns *columns, size_t column, size_t least);

/* Prints the titles and all complete rows. */
void columns_print(const struct columns *columns, FILE *out);

#endif
