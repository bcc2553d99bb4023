/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session as a jansson value. */
#ifndef P2PSCOPE_JSON_SESSION_H
#define P2PSCOPE_JSON_SESSION_H

#include <jansson.h>

#include "engine/view.h"

/* The object of one session of the view; NULL when memory is out. */
json_t *json_session(const struct engine_view *view, const struct session *session);

#endif
