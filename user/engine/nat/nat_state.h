/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is in struct nat. Each part is known to its own files; only those that need several of them
 * include this header, and none outside of this folder.
 */
#ifndef P2PSCOPE_ENGINE_NAT_NAT_STATE_H
#define P2PSCOPE_ENGINE_NAT_NAT_STATE_H

#include "engine/nat/nat.h"
#include "engine/nat/nat_view.h"
#include "engine/nat/profile.h"
#include "engine/nat/table.h"
#include "engine/nat/upstream.h"

struct nat_removed;
struct stitching;

struct nat {
	struct nat_table table;
	struct nat_profiles profiles;
	struct upstream_table upstream;
	mapping_change_fn changed; /* is told what becomes of mappings */
	void *changed_arg;
	struct nat_removed *removed; /* entries that may come back, the one to ask for next first */
	u32 nremoved;
	struct stitching *stitchings; /* transactions that were seen at one point so far */
	struct conntrack_table conntrack; /* the kernel's, at the last reading */
	u64 early_drops_before; /* at the reading before */
	/* mappings, ever: by enum mapping_kind, by enum mapping_end */
	u64 created[MAPPING_KIND_COUNT], ended[MAPPING_END_COUNT];
	u64 conflicts; /* conntrack and the packets did not agree */
};

/* Longer than consent checks and keepalives leave a mapping silent: it tells of its lifetime. */
#define NAT_SILENCE_NS (15 * NS_PER_S)

#endif
