/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connectivity checks, nomination and consent: RFC 8445, RFC 7675. */
#ifndef P2PSCOPE_ENGINE_ICE_H
#define P2PSCOPE_ENGINE_ICE_H

struct engine;
struct event;
struct flow;

/* Takes in a Binding message or a GOOG-PING. */
void ice_event(struct engine *e, struct flow *f, const struct event *event);

#endif
