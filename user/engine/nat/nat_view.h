/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Mappings, hosts and the NATs on their paths, as outputs see them (RFC 4787). */
#ifndef P2PSCOPE_ENGINE_NAT_NAT_VIEW_H
#define P2PSCOPE_ENGINE_NAT_NAT_VIEW_H

#include "p2pscope/event.h"

/* What shows a mapping: the same STUN message on both sides of the gateway, or conntrack. */
enum { MAPPING_BY_STUN = 1 << 0, MAPPING_BY_CONNTRACK = 1 << 1 };

/* An inside endpoint, and the outside endpoint that the gateway has assigned to it. */
struct mapping {
	u8 proto;
	u8 kind; /* enum mapping_kind */
	u8 sources; /* bits MAPPING_BY_* */
	u8 ended_by; /* enum mapping_end */
	u32 nremotes;
	struct endpoint inside, outside;
	/* what servers and peers see it as, behind a NAT further out; all zero: not known */
	struct endpoint upstream;
	/* another outside endpoint that conntrack reports than the packets show; else all zero */
	struct endpoint conflict;
	/* as the inside addresses them; of an ended mapping the last one */
	struct endpoint *remotes;
	u64 created, refreshed, ended; /* Unix ns; `ended` is 0 while it is alive */
};

/* One property that RFC 4787 defines. */
struct trait {
	u8 value; /* enum behaviour */
	/* bits 1 << enum behaviour: what it is not, though what it is may be undetermined */
	u8 excluded;
	u16 zero;
	u32 samples; /* observations that bear on it */
	u32 contrary; /* those of them that contradict `value` */
};

/* How a NAT behaves. Sections are those of RFC 4787. */
struct nat_behaviour {
	struct trait translates; /* yes or no */
	struct trait mapping; /* section 4.1 */
	struct trait filtering; /* section 5 */
	struct trait port_preservation; /* section 4.2.1 */
	struct trait parity; /* section 4.2.2 */
	struct trait pooling; /* section 4.1: paired or arbitrary */
	struct trait hairpinning; /* section 6 */
	/* mapping refresh, section 4.3: silence that mappings outlived, and that ended them */
	u32 lifetime_samples;
	u32 lifetime_at_least, lifetime_at_most; /* seconds, 0: not observed */
};

/* The NATs between one host, or all of them, and the internet. */
struct nat_view {
	struct nat_behaviour gateway; /* this machine */
	struct nat_behaviour upstream; /* whatever lies further out */
	u8 upstream_kind; /* enum upstream */
	u8 mapping, filtering; /* enum behaviour: of the whole path */
	u8 meaning; /* enum meaning */
};

struct host_view {
	struct addr ip;
	u32 mappings; /* alive */
	u64 last; /* when it was last heard of, Unix ns */
	struct nat_view nat;
};

/* An outside address of ours. */
struct outside_view {
	struct addr ip;
	u32 ports[2]; /* in use by living mappings: [0] UDP, [1] TCP */
};

/* The kernel's table of connections: net/netfilter/nf_conntrack_core.c. */
struct conntrack_table {
	u64 early_drops; /* entries that made room for others, ever */
	u64 drops; /* packets dropped for want of room, ever */
	u32 entries, limit; /* limit 0: not known */
};

#endif
