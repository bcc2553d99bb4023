/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RTP streams, as the samples of their flow show them. */
#ifndef P2PSCOPE_ENGINE_STREAMS_H
#define P2PSCOPE_ENGINE_STREAMS_H

#include "engine/flow.h"

struct engine;
struct flow_dir;

/* Brings the streams of a sample into a flow, and into the metrics. */
void streams_sample(struct engine *e, struct flow *f, enum heading heading,
		    const struct flow_dir *d);
/* Returns how many packets never came, by their sequence numbers (RFC 3550 appendix A.3). */
u32 stream_lost(const struct leg_stream *ls);

#endif
