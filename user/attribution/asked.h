/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which flows' drops were asked for lately. */
#ifndef P2PSCOPE_ATTRIBUTION_ASKED_H
#define P2PSCOPE_ATTRIBUTION_ASKED_H

#include "p2pscope/event.h"

#define ASKED_SLOTS 4096

/*
 * A flow has one slot, by its tag; one that needs the same slot takes it over, and may be asked for
 * again.
 */
struct asked {
	struct asked_slot {
		struct flow_key key;
		/* enum msg_class: what is dropped of one class need not be dropped of another */
		u8 cls;
		u64 time_ns; /* 0: it was never used */
	} slots[ASKED_SLOTS];
};

bool asked_lately(const struct asked *asked, const struct event *drop);
void asked_now(struct asked *asked, const struct event *drop);

#endif
