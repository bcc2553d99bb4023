/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session works, and part of its media is dropped by this gateway, or was before it came here. */
#ifndef P2PSCOPE_ENGINE_SESSION_IMPAIR_H
#define P2PSCOPE_ENGINE_SESSION_IMPAIR_H

#include "engine/verdict/verdict.h"

/* Brings the impairment of a session that works up to date, and notes when it begins and ends. */
void session_impair(struct session_state *s, const struct verdict_context *c);
/* What cut the session until now was an impairment, as it turns out: packets pass again. */
void session_impair_by_cut(struct session_state *s, const struct verdict_context *c);

/*
 * Takes in that so many packets of a heading were missing at a sample, beside so many that came:
 * by their sequence numbers (RFC 3550 appendix A.3).
 */
void session_loss(struct session_state *s, enum heading heading, u32 lost, u32 packets, u64 now);

#endif
