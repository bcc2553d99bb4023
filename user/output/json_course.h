/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The members of a session's JSON that tell its course. */
#ifndef P2PSCOPE_JSON_COURSE_H
#define P2PSCOPE_JSON_COURSE_H

#include <jansson.h>

#include "engine/view.h"

/*
 * Adds "outlook", "impaired", "worked_s", "timeline" and "timeline_lost" (entries in whose place
 * stands a newer one) to a session's object.
 */
void put_course(json_t **object, const struct engine_view *view, const struct session *session);

#endif
