/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the engine remembers of NATs: which inside endpoint has which outside endpoint toward which
 * remotes, and what all of that says about how they behave (RFC 4787).
 */
#ifndef P2PSCOPE_ENGINE_NAT_NAT_H
#define P2PSCOPE_ENGINE_NAT_NAT_H

#include <uthash.h>
#include <utlist.h>

#include "engine/timer_wheel.h"
#include "engine/hash_index.h"
#include "engine/nat/profile.h"

/*
 * One remote endpoint of a mapping: what conntrack has an entry for. One at a time for each 5-tuple
 * of the inside.
 */
struct nat_remote_key {
	struct endpoint inside, remote; /* as the inside addresses it */
	u32 proto;
};

/* What few of them have. */
struct nat_remote_rare {
	/* the remote as it is addressed outside: behind NAT64 or a redirection another one */
	struct endpoint far;
	struct endpoint reported; /* with REPORTED_OTHER */
};

/* The outside endpoint that conntrack told last. */
enum reported { REPORTED_NONE, REPORTED_OUTSIDE /* the entry's own */, REPORTED_OTHER };

struct nat_remote {
	struct hash_link link;
	struct nat_remote_key key;
	struct nat_mapping *entry;
	struct nat_remote *prev, *next; /* of the entry */
	struct nat_remote *asked_before,
		/* among those that conntrack knows, the one asked longest ago first */
		*asked_after;
	/* NULL: it is addressed as in the key, and nothing else was reported */
	struct nat_remote_rare *rare;
	struct timer timer; /* when its silence may have lasted too long */
	u64 heard_ns; /* last packet */
	u64 expires_ns; /* by conntrack, if no packet comes; 0: not asked yet */
	u64 longest_ns; /* that it had left, once assured */
	u8 sources; /* bits MAPPING_BY_* */
	u8 inbound; /* began outside */
	u8 closing; /* enum mapping_end: who will have ended it when it runs out */
	u8 reported; /* enum reported */
};

struct nat_mapping_key {
	struct endpoint inside;
	u32 proto; /* between the two, so that it is part of both halves' keys */
	struct endpoint outside;
};

/* Each but the held ones has a list of its own, the oldest first. */
enum nat_list {
	NAT_LOOSE, /* nobody has answered: it makes room for others */
	NAT_PAST, /* somebody had answered, and it has ended */
	NAT_HELD,
};

/* What a mapping has become; the rest of struct mapping is in its key. */
struct nat_mapping_life {
	u8 kind; /* enum mapping_kind */
	u8 sources; /* bits MAPPING_BY_* */
	u8 ended_by; /* enum mapping_end */
	u64 created, refreshed, ended;
};

/* What few living mappings have. */
struct nat_mapping_rare {
	struct endpoint conflict; /* as in struct mapping */
	struct endpoint last_remote; /* of an ended one; all zero: none */
};

struct nat_mapping {
	struct hash_link link, by_outside;
	struct hash_link by_inside; /* of the oldest of an inside endpoint */
	struct nat_mapping_key key;
	struct nat_mapping *prev, *next; /* of all, the oldest first */
	struct nat_mapping *before, *after; /* of the inside endpoint */
	struct nat_mapping *older, *newer; /* in its list */
	struct nat_mapping_life m;
	struct nat_mapping_rare *rare; /* NULL: all of it is zero */
	struct nat_remote *remotes;
	u32 nremotes;
	u8 standing; /* enum nat_list */
	u8 plain; /* no translation: not a mapping for users, but what filtering is seen at */
};

/* An outside endpoint of ours, and what it is seen as further out. */
#define UPSTREAM_REMOTES 8

struct upstream_report {
	struct endpoint remote, mapped;
	u64 heard_ns;
};

struct upstream_socket {
	struct hash_link link;
	struct endpoint outside;
	u32 proto;
	struct upstream_socket *older, *newer; /* the longest unheard of first */
	u64 heard_ns;
	u32 nseen; /* ever */
	struct upstream_report
		seen[]; /* UPSTREAM_REMOTES at most: the newest overwrite the oldest */
};

/*
 * An outside address of ours: how many of its ports living mappings use, those shared by several
 * counted once.
 */
struct outside_use {
	struct addr ip;
	UT_hash_handle hh;
	u32 ports[2]; /* [0] UDP, [1] TCP */
};

struct nat {
	struct hash_index by_key, by_outside, by_inside, remotes;
	struct nat_mapping *entries;
	u32 nentries;
	struct nat_remote *asked; /* those that conntrack knows */
	struct nat_mapping *list[NAT_HELD]; /* by enum nat_list: those that are not held */
	u32 count[NAT_HELD];
	u64 alive[2]; /* mappings: [0] UDP, [1] TCP */
	struct outside_use *uses;
	struct timer_wheel timers; /* at remotes */
	struct hash_index upstream;
	struct upstream_socket *upstream_heard;
	struct nat_profile all[2]; /* of all hosts together: IPv4, IPv6 */
	struct conntrack_table table;
	u64 early_drops_before; /* at the reading before */
};

/* What is learned of a flow that passes a NAT. */
struct translation {
	struct endpoint inside, outside;
	/* as the inside addresses it, and as it is addressed outside */
	struct endpoint remote, far;
	u8 proto;
	u8 source; /* MAPPING_BY_STUN or MAPPING_BY_CONNTRACK */
	u8 kind; /* enum mapping_kind, if it is new */
	u8 inbound; /* it began outside */
	u8 own; /* a flow of this machine itself */
};

enum filter_test { FILTER_NONE, FILTER_ADDRESS, FILTER_PORT };

struct engine;
struct engine_metrics;
struct engine_view;
struct event;
struct flow;

/* --- stitching.c --- */

/*
 * Ties the two sides of the gateway together when the same transaction shows at a second point
 * (design section 6). Returns the flow of the first point, whose twin `f` is now; NULL otherwise.
 */
struct flow *stitching_event(struct engine *e, struct flow *f, const struct event *event);
void stitchings_expire(struct engine *e);
void stitchings_free(struct engine *e);

/* --- conntrack.c --- */

/*
 * Takes in what conntrack says of a flow; `known` when the flow is in the main map. Returns whether
 * it told something, so that the flow's mapped address may be another one now.
 */
bool conntrack_learn(struct engine *e, struct flow *f, const struct conntrack *ct, bool known);

/* --- table.c --- */

struct nat_remote *nat_remote_find(const struct engine *e, u8 proto, const struct endpoint *inside,
				   const struct endpoint *remote);
/* The living mapping with this outside endpoint; NULL when there is none. */
struct nat_mapping *nat_mapping_by_outside(const struct engine *e, u8 proto,
					   const struct endpoint *outside);
/*
 * The oldest mapping of an inside endpoint; `after` leads to the others. NULL when there is none.
 */
struct nat_mapping *nat_mapping_by_inside(const struct engine *e, u8 proto,
					  const struct endpoint *inside);
/* How many outside endpoints the inside endpoint has for different remotes. */
u32 nat_outside_count(const struct engine *e, u8 proto, const struct endpoint *inside);
/*
 * Finds or makes a mapping, makes a nat_remote of it; NULL when memory is out, or the mapping has too
 * many.
 */
struct nat_mapping *nat_mapping_get(struct engine *e, const struct nat_mapping_key *key);
struct nat_remote *nat_remote_new(struct engine *e, struct nat_mapping *n,
				  const struct translation *t);
void nat_remote_free(struct engine *e, struct nat_remote *b);
void nat_mapping_free(struct engine *e, struct nat_mapping *n);
/* Somebody has answered there. */
void nat_mapping_hold(struct engine *e, struct nat_remote *b);
/* It has ended: if somebody had answered, it is kept for a while, whatever others come. */
void nat_mapping_retire(struct engine *e, struct nat_mapping *n);

/* --- natbinding.c --- */

/* One that is in no table yet; NULL when memory is out. */
struct nat_remote *nat_remote_make(struct nat_mapping *n, const struct translation *t);
void nat_remote_drop(struct nat_remote *b);
/* The remote as it is addressed outside. */
const struct endpoint *nat_remote_far(const struct nat_remote *b);
/* The outside endpoint that conntrack told last; all zero when it told none. */
const struct endpoint *nat_remote_reported(const struct nat_remote *b);
void nat_remote_report(struct nat_remote *b, const struct endpoint *outside);

/* --- mapping.c --- */

/* Takes in that a packet passed so; gives the nat_remote, NULL when memory is out. */
struct nat_remote *nat_mapping_learn(struct engine *e, const struct translation *t);
/* Ends a nat_remote, and its mapping when it was the last one. */
void nat_remote_end(struct engine *e, struct nat_remote *b, enum mapping_end by, u64 at_ns);
/*
 * The inside has reported on this flow that it is through: whatever ends the mapping then, that was
 * why.
 */
void nat_mapping_closing(struct engine *e, const struct flow *f, enum mapping_end by);
/*
 * When a nat_remote has been silent for too long: where conntrack tells no other end, if nothing is
 * heard until then.
 */
u64 nat_remote_silent_ns(const struct nat_remote *b);
/* A flow of the main map, as it is now. */
void nat_mapping_sample(struct engine *e, const struct flow *f);
void nat_expire(struct engine *e);
void nat_free(struct engine *e);
/* -ENOMEM. */
int nat_begin(struct engine *e);
void nat_table_free(struct engine *e);

/* --- behaviour.c --- */

/* Takes in a new nat_remote: how it compares with the others of its endpoint and host. */
void behaviour_remote(struct engine *e, const struct nat_remote *b, bool own, bool first);
/* Would a packet of this flow that comes in say something of the NAT's filter? */
enum filter_test behaviour_filter_test(const struct engine *e, const struct flow *wan);
/* It was let in, or kept out. */
void behaviour_filtering(struct engine *e, struct flow *wan, enum filter_test test, bool open);
void behaviour_hairpinning(struct engine *e, const struct flow *lan, bool hairpinned);
/* The inside endpoint kept, or lost, its mapping over so much silence. */
void behaviour_lifetime(struct engine *e, const struct addr *inside, enum nat_place place,
			u64 silence_ns, bool kept);
/* Counts one more; of many the newest weigh most, as a NAT's rules may change. */
void nat_observe(u32 votes[VOTES], bool speaks_for);
/* A pair of remotes saw one outside endpoint, or two. */
void behaviour_pair(struct nat_observations *observations, const struct endpoint *a,
		    const struct endpoint *b, bool same);
/*
 * The profiles that an observation at this inside address goes to: its host's and that of all. Gives
 * how many; the host's is the first.
 */
#define PROFILES 2
u32 behaviour_profiles(struct engine *e, const struct addr *inside, bool own,
		       struct nat_profile *profiles[PROFILES]);
/* Port, parity and pooling of a new mapping, for those profiles. */
void behaviour_ports(struct nat_profile *const profiles[], u32 count, enum nat_place place,
		     const struct endpoint *inside, const struct endpoint *outside);

/* --- upstream.c --- */

/* A server or peer says where a packet of the WAN flow came from. */
void upstream_report(struct engine *e, struct flow *wan, const struct endpoint *mapped);
/* What an outside endpoint of ours is seen as; NULL when that is not known or the same. */
const struct endpoint *upstream_mapped(const struct engine *e, u8 proto,
				       const struct endpoint *outside);
void upstream_expire(struct engine *e);
void upstream_free(struct engine *e);

/* --- view.c --- */

bool nat_copy_mappings(const struct engine *e, struct engine_view *view);
bool nat_copy_hosts(const struct engine *e, struct engine_view *view);
/* Fills what the metrics tell of mappings and ports. */
void nat_metrics(const struct engine *e, struct engine_metrics *m);

#endif
