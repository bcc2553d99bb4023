/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The DTLS association of a session, as far as clear text shows it: RFC 6347, RFC 9147. */
#ifndef P2PSCOPE_ENGINE_DTLS_H
#define P2PSCOPE_ENGINE_DTLS_H

struct engine;
struct event;
struct flow;

/* Takes in a step of a handshake, an alert, or the first application data. */
void dtls_event(struct engine *e, struct flow *f, const struct event *event);
#endif
