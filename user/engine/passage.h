/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What of each RTP stream came in at this gateway, and what passed on. Most streams pass as they
 * come, so this is kept only where packets are known to be dropped, or where the kernel's drops are
 * not seen (captures) and this is how they are found.
 */
#ifndef P2PSCOPE_ENGINE_PASSAGE_H
#define P2PSCOPE_ENGINE_PASSAGE_H

#include "engine/flow.h"

struct engine;

/* A stream of one heading. Where one point alone is watched, what comes passes unless dropped. */
struct stream_passage {
	u32 ssrc;
	u8 heading; /* enum heading */
	u8 came_known,
		passed_known; /* it was seen at the point where it comes in, where it leaves */
	u8 zero;
	u64 came_ns, passed_ns; /* the last packet that came in, that passed on; 0: none */
	u64 first_ns; /* since when this is kept */
	u64 resumed_ns; /* when packets came again after a pause of their sender; 0: it made none */
	u32 came, passed; /* packets at either point since it was first seen there */
	u32 came_before; /* `came` when the last one passed */
	u32 came_base, passed_base; /* what the records counted then */
	u32 dropped[2]; /* by the kernel, counted where the host is, and at the other point */
};

#define PASSAGES 32 /* of a flow; a new one takes the place of the one silent for longest */

struct passages {
	u32 count;
	struct stream_passage of[]; /* as many */
};

/* Begins to keep it for a flow of a session, and takes up what is known of its streams. */
void passages_begin(struct engine *e, struct flow *f);
/* Takes in a sample of a flow on either side of the gateway. */
void passages_sample(struct engine *e, struct flow *f, enum heading heading,
		     const struct flow_dir *d);
/* Returns those of a flow at the host; NULL when nothing is kept. */
const struct passages *passages_of(const struct flow *f);

/*
 * A stream has stopped here when so many of its packets came in, for so long, and none passed on:
 * fewer are lost while rules or routes are changed.
 */
#define PASSAGE_PACKETS 7
#define PASSAGE_STOPPED_NS (4 * NS_PER_S)
/* The same of a stream of which nothing ever passed. */
#define PASSAGE_NEVER_PACKETS 40
#define PASSAGE_NEVER_NS (2500 * NS_PER_MS)

bool passage_is_stopped(const struct stream_passage *p);
/*
 * Returns the last time that a packet passed on, or since when none is known to have; packets that
 * came before a pause of their sender are no reason to expect one after it.
 */
u64 passage_stopped_ns(const struct stream_passage *p);

/*
 * Returns how many packets of a stream this gateway lost: as the kernel counted them, else those
 * that came in since it stopped. Between two captures fewer may be the capture's own loss.
 */
u32 passage_lost_here(const struct stream_passage *p);

#endif
