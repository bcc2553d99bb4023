/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What mappings, hosts and the NATs on their way look like from outside (RFC 4787). */
#ifndef P2PSCOPE_ENGINE_NAT_NAT_VIEW_H
#define P2PSCOPE_ENGINE_NAT_NAT_VIEW_H

#include "p2pscope/event.h"

enum { MAPPING_BY_STUN = 1 << 0, MAPPING_BY_CONNTRACK = 1 << 1 };

struct mapping {
	u8 proto;
	u8 kind; /* enum mapping_kind */
	u8 sources; /* bits MAPPING_BY_* */
	u8 ended_by; /* enum mapping_end */
	u32 nremotes;
	struct endpoint inside, outside;
	struct endpoint
		/*
		 * what servers and peers see it as, behind a NAT further out; all zero when not
		 * known
		 */
		upstream;
	/* conntrack says another outside endpoint than the packets show; else all zero */
	struct endpoint conflict;
	/* as the inside addresses them; of an ended mapping the last ones */
	struct endpoint *remotes;
	u64 created, refreshed, ended;
};

/* One thing that RFC 4787 asks of a NAT. */
struct trait {
	u8 value; /* enum behaviour */
	/* bits 1 << enum behaviour: what it is not, though what it is may be undetermined */
	u8 excluded;
	u16 zero;
	u32 samples; /* observations that speak on it */
	u32 contrary; /* those of them that speak against `value` */
};

struct nat_behaviour {
	struct trait translates; /* yes or no */
	struct trait mapping; /* section 4.1 */
	struct trait filtering; /* section 5 */
	struct trait port_preservation; /* section 4.2.1 */
	struct trait parity; /* section 4.2.2 */
	struct trait pooling; /* section 4.1: paired or arbitrary */
	struct trait hairpinning; /* section 6 */
	/*
	 * Binding lifetime, section 4.3: silence that mappings outlived, and silence that ended
	 * them; seconds, 0: not seen
	 */
	u32 lifetime_samples, lifetime_at_least, lifetime_at_most;
};

/* The NATs between an inside host, or all of them, and the internet. */
struct nat_view {
	struct nat_behaviour gateway; /* this machine */
	struct nat_behaviour upstream; /* whatever lies further out */
	u8 upstream_kind; /* enum upstream */
	u8 mapping, filtering; /* enum behaviour: of the whole way */
	u8 meaning; /* enum meaning */
};

struct host_view {
	struct addr ip;
	u32 mappings; /* alive */
	u64 last;
	struct nat_view nat;
};

struct outside_view {
	struct addr ip;
	u32 ports[2]; /* that mappings of this address use now: [0] UDP, [1] TCP */
};

/* The kernel's table of connections, of which mappings are a part. */
struct conntrack_table {
	u64 early_drops; /* entries pushed out by others, ever */
	u64 drops; /* packets dropped as there was no room, ever */
	u32 entries, limit; /* limit 0: not known */
};

#endif
