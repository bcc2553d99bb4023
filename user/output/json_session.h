/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session as a jansson value; the pieces that json.c shares with it. */
#ifndef P2PSCOPE_JSON_SESSION_H
#define P2PSCOPE_JSON_SESSION_H

#include <jansson.h>

#include "engine/engine.h"

/* The object of one session; NULL when memory is out. */
json_t *json_session(const struct session *session);

/* Unix seconds; null for 0. */
json_t *json_time(u64 ns);

/* "ADDR:PORT"; null when it is not known. */
json_t *json_endpoint(const struct endpoint *endpoint);

/* The word; null for NULL and for the empty word. */
json_t *json_word(const char *word);

#endif
