/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's drop reasons. Their numbers differ between kernels, so number and name are read out
 * of the running kernel's BTF (enum skb_drop_reason).
 */
#ifndef P2PSCOPE_SOURCE_LIVE_DROP_REASONS_H
#define P2PSCOPE_SOURCE_LIVE_DROP_REASONS_H

#include "engine/engine.h"

struct drop_reasons;

/* Gives -ENOENT when this kernel has no such list, -errno otherwise. */
int drop_reasons_read(struct drop_reasons **out);
void drop_reasons_free(struct drop_reasons *reasons);

/* Tells the engine what each number means. */
void drop_reasons_announce(const struct drop_reasons *reasons, struct engine *engine);

/*
 * Gives the number that tells more than the kernel's own, by the place of the drop: a program
 * behind NFQUEUE drops without a reason.
 */
u32 drop_reasons_refine(struct drop_reasons *reasons, const struct event *drop);

/* Gives what a number means, as the engine is told; CAUSE_DROP also without `reasons`. */
enum cause drop_reasons_cause(const struct drop_reasons *reasons, u32 number);

/*
 * Gives the kernel's name without its prefix ("NETFILTER_DROP"), or "other"; never NULL, also
 * without `reasons`.
 */
const char *drop_reasons_name(const struct drop_reasons *reasons, u32 number);

#endif
