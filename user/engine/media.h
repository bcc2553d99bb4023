/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Media: what flow records count of it, and the media of a session. */
#ifndef P2PSCOPE_ENGINE_MEDIA_H
#define P2PSCOPE_ENGINE_MEDIA_H

#include "engine/session.h"

struct engine;
struct event;
struct flow_record;

/*
 * Returns what a session tells of its media's encryption, enum encryption; SRTP_NULL_* only
 * authenticates (RFC 5764 section 4.1.2).
 */
u8 session_encryption(const struct session *s);
/* Takes in that an RTP stream was seen for the first time. */
void stream_event(struct engine *e, struct flow *f, const struct event *event);
/* Brings the counters of a sample into a flow. */
void media_sample(struct engine *e, struct flow *f, const struct flow_record *record);
/*
 * Fills s->s.media, which the caller takes, out of the session's flows at the host, so that a
 * packet counts once.
 */
void media_collect(const struct engine *e, struct session_state *s);

#endif
