/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every STUN message shows, before ice.c or turn.c takes it in: RFC 8489. */
#ifndef P2PSCOPE_ENGINE_STUN_H
#define P2PSCOPE_ENGINE_STUN_H

struct engine;
struct event;
struct flow;

/* Takes in a STUN message, of whichever method. */
void stun_event(struct engine *e, struct flow *f, const struct event *event);

#endif
