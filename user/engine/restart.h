/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICE restarts on new ports (RFC 8445 section 9): other ufrags on other sockets, while the SSRCs
 * and the DTLS association go on (RFC 8842 section 4): the same session.
 */
#ifndef P2PSCOPE_ENGINE_RESTART_H
#define P2PSCOPE_ENGINE_RESTART_H

#include "p2pscope/event.h"

struct engine;
struct flow;

/* Returns 0 or -ENOMEM. */
int restarts_begin(struct engine *e);
void restarts_free(struct engine *e);

/*
 * Takes in a stream of a flow's session. If an earlier session of the same host and peer carried it
 * on another path, and this one has no handshake of its own, they become one.
 */
void restart_stream(struct engine *e, struct flow *f, const struct event *event);

#endif
