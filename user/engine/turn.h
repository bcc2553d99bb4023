/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Allocations and what TURN servers say of them: RFC 8656, RFC 6062. */
#ifndef P2PSCOPE_ENGINE_TURN_H
#define P2PSCOPE_ENGINE_TURN_H

struct engine;
struct event;
struct flow;

/* Takes in a message of a TURN method. */
void turn_event(struct engine *e, struct flow *f, const struct event *event);

#endif
