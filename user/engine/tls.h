/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TURN over TLS, known by its server's name or port and by its rhythm alone. */
#ifndef P2PSCOPE_ENGINE_TLS_H
#define P2PSCOPE_ENGINE_TLS_H

struct engine;
struct event;
struct flow;
struct flow_record;

/* Takes in that a flow leads to a TURN server over TLS. */
void tls_event(struct engine *e, struct flow *f, const struct event *event);
/* Takes in what such a flow has carried since its last sample. */
void tls_sample(struct engine *e, struct flow *f, const struct flow_record *record);

#endif
