/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2PSCOPE_ENGINE_SESSION_STAGES_H
#define P2PSCOPE_ENGINE_SESSION_STAGES_H

#include "engine/verdict/verdict.h"

/* Brings the session as far as its facts show, with times, path and metrics. */
void session_stages(struct engine *e, struct session_state *s, const struct verdict_context *c);
/* Its paths that were tried and not answered by the end have failed. */
void session_close_pairs(struct session *s);

#endif
