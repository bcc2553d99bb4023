/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The values of the documents, written the same way everywhere, and how they are put together. A
 * value that is not known is null.
 *
 * All functions return NULL when memory is out. Whatever a NULL is put into becomes NULL, too, with
 * json_put(), json_append(), json_merge() and json_pack() alike: so it suffices to check the
 * finished document, which is either whole or NULL.
 */
#ifndef P2PSCOPE_JSON_VALUE_H
#define P2PSCOPE_JSON_VALUE_H

#include <jansson.h>

#include "engine/view.h"
#include "engine/names.h"

/* Adds a member to an object; takes `value` over. */
void json_put(json_t **object, const char *key, json_t *value);

/* Adds an element to an array; takes `value` over. */
void json_append(json_t **array, json_t *value);

/* Adds all members of another object; takes `other` over. */
void json_merge(json_t **object, json_t *other);

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
 * An administrator's words, which are UTF-8 mostly; text that is not, or that would move a
 * terminal's cursor, is escaped byte by byte.
 */
json_t *json_words(const char *text);

/* {"family", "table", "chain", "handle", "text"}; the handle of a chain's policy is 0. */
json_t *json_rule(const struct rule *rule);

/* The same, and what it did: "sessions_blocked", "sessions_degraded", "hosts", "first", "last". */
json_t *json_rule_view(const struct rule_view *view);

#endif
