/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How mappings begin, change and end (RFC 4787 section 4). Conntrack's reports and the packets come
 * here alike. The packets are the truth: where conntrack reports otherwise, that is kept beside as
 * a conflict.
 */
#ifndef P2PSCOPE_ENGINE_NAT_MAPPING_H
#define P2PSCOPE_ENGINE_NAT_MAPPING_H

#include "p2pscope/types.h"
#include "p2pscope/words.h"

struct flow;
struct nat;
struct nat_remote;
struct translation;

/*
 * Takes in that a flow was translated so, at `now_ns`. Returns the remote of its mapping, NULL when
 * memory is out.
 */
struct nat_remote *nat_mapping_learn(struct nat *nat, const struct translation *t, u64 now_ns);

/* Ends a remote, and its mapping when that was the last one. `at_ns` is when it ended. */
void nat_remote_end(struct nat *nat, struct nat_remote *r, enum mapping_end by, u64 at_ns);

/* Takes in what forwards the packets of a remote, enum offload. */
void nat_remote_offload(struct nat *nat, struct nat_remote *r, u8 offload, u64 at_ns);

/*
 * Ends a remote likewise, whose translation was removed before its time or is another one now: that
 * is reported as a change.
 */
void nat_remote_lost(struct nat *nat, struct nat_remote *r, enum mapping_end by, u64 at_ns);

/*
 * The inside has said on this flow that it is done: if the mapping then runs out, `by` was the
 * reason.
 */
void nat_mapping_closing(struct nat *nat, const struct flow *f, enum mapping_end by);

/* Takes in when a flow of the main map was heard last: its mapping lives as long as it. */
void nat_mapping_sample(struct nat *nat, const struct flow *f);

/*
 * Returns when a remote will have been silent for too long, if nothing is heard until then: those
 * that conntrack knows are over when it says so, and silence ends them only where it does not
 * answer.
 */
u64 nat_remote_silent_ns(const struct nat_remote *r);

/* Ends the silent ones, and frees those that ended long ago. */
void nat_mappings_expire(struct nat *nat, u64 now_ns);

#endif
