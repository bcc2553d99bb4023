/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of mappings (RFC 4787 section 4.1): which inside endpoint has which outside endpoint,
 * and the remotes that it is used toward. What ends up in it, and when it ends, is mapping.c's.
 */
#ifndef P2PSCOPE_ENGINE_NAT_TABLE_H
#define P2PSCOPE_ENGINE_NAT_TABLE_H

#include "engine/hash_index.h"
#include "engine/nat/outside_use.h"
#include "engine/timer_wheel.h"
#include "p2pscope/event.h"

/*
 * A remote endpoint that a mapping is used toward: what conntrack has an entry for. There is one at
 * a time for each 5-tuple of the inside.
 */
struct nat_remote_key {
	struct endpoint inside, remote; /* as the inside addresses it */
	u32 proto;
};

/* What few remotes have. */
struct nat_remote_rare {
	/* as it is addressed outside: behind NAT64 or a redirection it is another endpoint */
	struct endpoint far;
	struct endpoint reported; /* with REPORTED_OTHER */
};

/* The outside endpoint that conntrack reported last. */
enum reported { REPORTED_NONE, REPORTED_OUTSIDE /* the mapping's own */, REPORTED_OTHER };

struct nat_remote {
	struct hash_link link;
	struct nat_remote_key key;
	struct nat_mapping *mapping;
	struct nat_remote *prev, *next; /* of the mapping */
	struct nat_remote *asked_before, *asked_after; /* in nat_table.asked */
	/* NULL: it is addressed outside as in the key, and conntrack reported nothing else */
	struct nat_remote_rare *rare;
	struct timer timer; /* when its silence may have lasted too long */
	u64 heard_ns; /* last packet */
	u64 expires_ns; /* by conntrack, if no packet comes; 0: not asked yet */
	u64 longest_ns; /* the longest time that conntrack gave it, once assured */
	u8 sources; /* bits MAPPING_BY_* */
	u8 inbound; /* it began outside */
	u8 closing; /* enum mapping_end: why it will have ended, when it runs out */
	u8 reported; /* enum reported */
	u8 offload; /* enum offload of nat.h */
};

struct nat_mapping_key {
	struct endpoint inside;
	u32 proto; /* between the two, so that it is part of both halves' keys */
	struct endpoint outside;
};

/* Mappings of the first two kinds are in a list of their own, the oldest first. */
enum nat_list {
	NAT_UNANSWERED, /* nobody has answered: it makes room for others */
	NAT_ENDED, /* somebody had answered, and it has ended */
	NAT_HELD, /* somebody has answered: it stays */
};

/* What becomes of a mapping; the rest of struct mapping is in its key. */
struct nat_mapping_life {
	u8 kind; /* enum mapping_kind */
	u8 sources; /* bits MAPPING_BY_* */
	u8 ended_by; /* enum mapping_end */
	u64 created, refreshed, ended; /* ns */
};

/* What few living mappings have. */
struct nat_mapping_rare {
	struct endpoint conflict; /* as in struct mapping */
	struct endpoint last_remote; /* of an ended one; all zero: none */
};

struct nat_mapping {
	struct hash_link link;
	struct hash_link by_outside; /* of the newest living one of an outside endpoint */
	struct hash_link by_inside; /* of the oldest of an inside endpoint */
	struct nat_mapping_key key;
	struct nat_mapping *prev, *next; /* of all, the oldest first */
	struct nat_mapping *before, *after; /* of the inside endpoint */
	/* living ones of the outside endpoint, the newest first */
	struct nat_mapping *outside_before, *outside_after;
	struct nat_mapping *older, *newer; /* in its list */
	struct nat_mapping_life life;
	struct nat_mapping_rare *rare; /* NULL: all of it is zero */
	struct nat_remote *remotes;
	u32 nremotes;
	u8 list; /* enum nat_list */
	u8 plain; /* no translation: not a mapping for users, but filtering is seen at it */
};

struct nat_table {
	struct hash_index by_key, by_outside, by_inside, remotes;
	struct nat_mapping *mappings;
	u32 nmappings;
	struct nat_mapping *list[NAT_HELD]; /* by enum nat_list */
	u32 listed[NAT_HELD];
	/* those that conntrack knows, the one asked for longest ago first */
	struct nat_remote *asked;
	u32 nasked;
	struct timer_wheel timers; /* of remotes */
	struct outside_use *uses; /* outside addresses of living mappings */
	u64 alive[2]; /* mappings: [0] UDP, [1] TCP */
	u64 evicted; /* mappings that made room for others while they lived */
	u64 remotes_lost; /* not kept: their mapping has too many, or memory was out */
};

/* What is learned of a flow that passes a NAT. */
struct translation {
	struct endpoint inside, outside;
	struct endpoint remote; /* as the inside addresses it */
	struct endpoint far; /* the same remote, as it is addressed outside */
	u8 proto;
	u8 source; /* MAPPING_BY_STUN or MAPPING_BY_CONNTRACK */
	u8 kind; /* enum mapping_kind, if it is new */
	u8 inbound; /* it began outside */
};

/* Returns 0 or -ENOMEM; nat_table_free() is to be called in either case. */
int nat_table_begin(struct nat_table *table);
void nat_table_free(struct nat_table *table);

/* Returns the remote of a 5-tuple of the inside; NULL when there is none. */
struct nat_remote *nat_remote_find(const struct nat_table *table, u8 proto,
				   const struct endpoint *inside, const struct endpoint *remote);
/* Returns the newest living mapping with this outside endpoint; NULL when there is none. */
struct nat_mapping *nat_mapping_by_outside(const struct nat_table *table, u8 proto,
					   const struct endpoint *outside);
/*
 * Returns the oldest mapping of an inside endpoint; `after` leads to the others. NULL when there is
 * none.
 */
struct nat_mapping *nat_mapping_by_inside(const struct nat_table *table, u8 proto,
					  const struct endpoint *inside);

/* Finds or makes a mapping; NULL when memory is out. A new one has no remote, and is not alive. */
struct nat_mapping *nat_mapping_get(struct nat_table *table, const struct nat_mapping_key *key);
/* Frees a mapping and its remotes. */
void nat_mapping_free(struct nat_table *table, struct nat_mapping *m);
/* Somebody has answered there: the mapping makes no room for others. */
void nat_mapping_hold(struct nat_table *table, struct nat_mapping *m);
/* It has ended: if somebody had answered, it is kept for a while, whatever others come. */
void nat_mapping_retire(struct nat_table *table, struct nat_mapping *m);

/*
 * Adds a remote to a mapping, which is alive from then on. Returns NULL when memory is out, or the
 * mapping has too many. The timer of the remote is set to `now_ns`.
 */
struct nat_remote *nat_remote_new(struct nat_table *table, struct nat_mapping *m,
				  const struct translation *t, u64 now_ns);
/* Frees a remote; without any remote its mapping is not alive. */
void nat_remote_free(struct nat_table *table, struct nat_remote *r);
/* Returns the remote as it is addressed outside. */
const struct endpoint *nat_remote_far(const struct nat_remote *r);
/* Returns the outside endpoint that conntrack reported last; all zero when it reported none. */
const struct endpoint *nat_remote_reported(const struct nat_remote *r);
/* Keeps an outside endpoint that conntrack reports. */
void nat_remote_report(struct nat_remote *r, const struct endpoint *outside);

/* Adds a source, MAPPING_BY_*. What conntrack knows is to be asked for in turn. */
void nat_remote_add_source(struct nat_table *table, struct nat_remote *r, u8 source);
/*
 * Returns the remote that is to be asked for next, and puts it at the end of the turn; NULL when
 * conntrack knows none. There are nat_table.nasked of them.
 */
struct nat_remote *nat_remote_ask(struct nat_table *table);
/* Sets the timer of a remote: when its silence may have lasted too long. */
void nat_remote_wait(struct nat_table *table, struct nat_remote *r, u64 until_ns);

#endif
