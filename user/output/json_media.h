/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The media of a session as JSON: a list of its streams and data channels. */
#ifndef P2PSCOPE_JSON_MEDIA_H
#define P2PSCOPE_JSON_MEDIA_H

#include <jansson.h>

#include "engine/view.h"

json_t *json_media(const struct session *session);

#endif
