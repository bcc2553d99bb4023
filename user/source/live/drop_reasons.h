/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's drop reasons (enum skb_drop_reason). Their numbers differ between kernels, so
 * numbers and names are read from the running kernel's BTF.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_DROP_REASONS_H
#define P2PSCOPE_SOURCE_LIVE_DROP_REASONS_H

#include "engine/engine.h"

struct drop_reasons;

/* Reads the list. Returns 0, -ENOENT when this kernel has none, or another -errno. */
int drop_reasons_read(struct drop_reasons **out);

/* Frees the list; takes NULL too. */
void drop_reasons_free(struct drop_reasons *reasons);

/* Passes the name and the cause of each number to the engine. */
void drop_reasons_announce(const struct drop_reasons *reasons, struct engine *engine);

/*
 * Returns the reason of a drop, made more specific by the place of the drop where the kernel's own
 * does not say enough: packets dropped by a program behind NFQUEUE have no reason. `drop` is an
 * EVENT_DROP; `reasons` may be NULL, then the kernel's reason is returned.
 */
u32 drop_reasons_refine(struct drop_reasons *reasons, const struct event *drop);

/*
 * Returns the cause that a reason stands for, CAUSE_NONE where nothing was blocked. An unknown
 * number is CAUSE_DROP, as is any when `reasons` is NULL.
 */
enum cause drop_reasons_cause(const struct drop_reasons *reasons, u32 number);

/*
 * Returns the kernel's name of a reason without its prefix ("NETFILTER_DROP"); "other" for an
 * unknown number and when `reasons` is NULL.
 */
const char *drop_reasons_name(const struct drop_reasons *reasons, u32 number);

/*
 * Returns the name of the `index`-th usual reason that this kernel has: those that stand for a
 * cause, and those of full queues and addresses without a neighbour. NULL after the last, and when
 * `reasons` is NULL.
 */
const char *drop_reasons_usual(const struct drop_reasons *reasons, size_t index);

#endif
