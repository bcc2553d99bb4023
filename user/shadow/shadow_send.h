/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending a packet into a shadow. */
#ifndef P2PSCOPE_SHADOW_SHADOW_SEND_H
#define P2PSCOPE_SHADOW_SHADOW_SEND_H

#include "shadow/frame.h"
#include "shadow/shadow.h"

/*
 * Lets it come in on the interface of that number, or, with 0, leave as the machine's own. -errno.
 */
int shadow_send(const struct shadow *shadow, u32 came_in, const struct frame *frame);

/* Gives whether a packet has left the shadow since the last call. */
bool shadow_has_left(const struct shadow *shadow);

#endif
