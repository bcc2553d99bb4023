/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Single values as jansson has them, the same in every document. What is not known is null. */
#ifndef P2PSCOPE_JSON_VALUE_H
#define P2PSCOPE_JSON_VALUE_H

#include <jansson.h>

#include "p2pscope/types.h"
#include "util/names.h"

/* Unix seconds; null for 0. */
json_t *json_time(u64 ns);

/* "ADDR" */
json_t *json_addr(const struct addr *ip);

/* "ADDR:PORT"; null when it is not known. */
json_t *json_endpoint(const struct endpoint *endpoint);

/* The word; null for NULL and for the empty word. */
json_t *json_word(const char *word);

/* The word of a value of a closed list; null for one that means "none". */
json_t *json_list_word(enum words_list list, unsigned int value);

/*
 * An administrator's words, which are UTF-8 mostly; what is not, or would move a terminal's cursor,
 * is shown byte by byte. NULL when memory is out.
 */
json_t *json_words(const char *text);

#endif
