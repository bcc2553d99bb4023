/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A list of sessions as the body of an answer, made part by part as fast as the client reads it:
 * neither 100,000 sessions nor a slow client takes more memory, or the main loop's time, than one
 * part does. Each session is as it was when its part was made; one that begins or ends meanwhile
 * may or may not be in the list.
 */
#ifndef P2PSCOPE_LISTING_H
#define P2PSCOPE_LISTING_H

#include <microhttpd.h>

#include "snapshot/broker.h"

#define LISTING_PART 512 /* sessions */

/*
 * Makes the answer whose first part is `text`, of `size` bytes, which it takes over; `next` is the
 * filter of the second one. The broker must outlive the answer. Returns NULL when memory is out:
 * the text remains the caller's then.
 */
struct MHD_Response *listing_response(struct broker *broker, const struct view_filter *next,
				      char *text, size_t size);

#endif
