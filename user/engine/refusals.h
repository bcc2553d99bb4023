/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that were refused: dropped by this gateway's kernel, or reset from further out.
 */
#ifndef P2PSCOPE_ENGINE_REFUSALS_H
#define P2PSCOPE_ENGINE_REFUSALS_H

#include "engine/drops.h"

struct engine;
struct event;
struct flow;
struct flow_record;
struct session_state;

/* Returns 0 or -ENOMEM. */
int refusals_begin(struct engine *e);
void refusals_free(struct engine *e);

void drop_event(struct engine *e, struct flow *f, const struct event *event);
/* Takes in the drops that a flow's record counts. */
void drops_sample(struct engine *e, struct flow *f, const struct flow_record *record);
void close_event(struct engine *e, struct flow *f, const struct event *event);

/* Returns what a dropped packet of this class (enum packet_class) hits. */
enum blocked_kind drop_kind(const struct flow *f, u8 cls);
/*
 * Returns whether a drop that was taken in blocked its flow when it came, and was counted here: the
 * flow may have become another one since.
 */
bool drop_was_counted(const struct flow *f, const struct event *drop);

/*
 * Returns the name of an interface of the session that somebody else's XDP program held in its
 * time, so that drops there were not seen; NULL when there is none.
 */
const char *foreign_xdp(const struct engine *e, const struct session_state *s);

#endif
