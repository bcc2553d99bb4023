/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the source reports of this gateway and its kernel: outside addresses, XDP programs of
 * others, and what drop reasons mean. It comes in by engine_outside(), engine_foreign_xdp() and
 * engine_drop_reason().
 */
#ifndef P2PSCOPE_ENGINE_GATEWAY_INFO_H
#define P2PSCOPE_ENGINE_GATEWAY_INFO_H

#include "p2pscope/types.h"
#include "p2pscope/words.h"

struct engine;

/* Returns 0 or -ENOMEM. */
int gateway_info_begin(struct engine *e);
void gateway_info_free(struct engine *e);

/* Returns whether the address is one of the gateway's own outside addresses. */
bool addr_is_outside(const struct engine *e, const struct addr *ip);

/*
 * Returns the name of an interface that somebody else's XDP program has held at any time since
 * `since_ns`, NULL when none has.
 */
const char *foreign_xdp_since(const struct engine *e, u32 ifindex, u64 since_ns);

/*
 * Returns the cause that a kernel drop reason means, CAUSE_DROP when the source did not report it.
 * `name`, which may be NULL, is set to its name, "" when not known.
 */
enum cause drop_cause(const struct engine *e, u32 reason, const char **name);

#endif
