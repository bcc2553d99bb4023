/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Conntrack's entries, as translations. An entry that is gone before its time was either deleted or
 * dropped early, for another one: the table's own counters tell which.
 */
#include "engine/engine.h"
#include "engine/flow.h"
#include "engine/gateway_info.h"
#include "engine/nat/conntrack.h"
#include "engine/nat/mapping.h"
#include "engine/nat/nat_state.h"
#include "engine/nat/removed.h"
#include "engine/state.h"
#include "util/time.h"

/*
 * Entries are asked for once a second, and report their time in ticks: one may be gone this much
 * before the time that it had left.
 */
#define EXPIRY_SLACK_NS (1 * NS_PER_S)
/*
 * From here on, in percent, the kernel clears entries itself: gc_worker() in
 * net/netfilter/nf_conntrack_core.c.
 */
#define NEARLY_FULL 95

static bool is_outside_endpoint(const struct engine *e, const struct endpoint *ep)
{
	const struct nat_mapping *m = nat_mapping_by_outside(&e->nat->table, PROTO_UDP, ep);

	return addr_is_outside(e, &ep->ip) || (m && !m->plain);
}

/*
 * Works out the translation that an entry describes. Its inside is who began or, if it began
 * outside, who answers. A packet from inside to an outside endpoint of ours that another inside
 * host answers was hairpinned.
 */
static struct translation conntrack_translation(const struct engine *e, const struct conntrack *ct,
						bool inbound)
{
	struct translation t = {.proto = ct->proto,
				.source = MAPPING_BY_CONNTRACK,
				.inbound = inbound,
				.inside = inbound ? ct->reply_src : ct->orig_src,
				.remote = inbound ? ct->reply_dst : ct->orig_dst,
				.outside = inbound ? ct->orig_dst : ct->reply_dst,
				.far = inbound ? ct->orig_src : ct->reply_src};

	if (inbound)
		t.kind = MAPPING_FORWARD;
	else if (!endpoint_equal(&ct->orig_dst, &ct->reply_src) &&
		 is_outside_endpoint(e, &ct->orig_dst))
		t.kind = MAPPING_HAIRPIN;
	else
		t.kind = MAPPING_DYNAMIC;
	return t;
}

static void conntrack_mapping(struct engine *e, const struct translation *t, bool known)
{
	struct nat_remote *r = nat_mapping_learn(e->nat, t, e->now);

	if (r && known)
		nat_mapping_hold(&e->nat->table, r->mapping);
}

bool conntrack_learn(struct engine *e, struct flow *f, const struct conntrack *ct, bool known)
{
	bool inbound = f->side == SIDE_LAN ? !endpoint_equal(&ct->orig_src, flow_local(f))
					   : endpoint_equal(&ct->orig_src, flow_remote(f));
	struct translation t = conntrack_translation(e, ct, inbound), other;

	f->conntrack_known = 1;
	/*
	 * From the WAN alone, what is not translated may be a host's packet or this machine's own:
	 * the LAN side tells.
	 */
	if (f->side == SIDE_WAN && endpoint_equal(&t.inside, &t.outside))
		return false;
	conntrack_mapping(e, &t, known);
	other = conntrack_translation(e, ct, false);
	if (inbound && other.kind == MAPPING_HAIRPIN) /* who began is inside, too */
		conntrack_mapping(e, &other, known);
	return true;
}

size_t engine_conntrack_questions(struct engine *e, struct conntrack *questions, size_t room)
{
	struct nat_table *table = &e->nat->table;
	size_t n = nat_removed_ask(e->nat, questions, room, e->now),
	       end = n + (table->nasked < room - n ? table->nasked : room - n);

	for (; n < end; n++)
		questions[n] = conntrack_question(&nat_remote_ask(table)->key);
	return n;
}

/* Returns whether the kernel drops entries early, or clears them, by now. */
static bool conntrack_is_pressed(const struct nat *nat)
{
	const struct conntrack_table *table = &nat->conntrack;

	return table->early_drops != nat->early_drops_before ||
	       (table->limit && (u64)table->entries * 100 >= (u64)table->limit * NEARLY_FULL);
}

static void conntrack_entry_gone(struct nat *nat, struct nat_remote *r, u64 now_ns)
{
	if (r->expires_ns && r->expires_ns <= now_ns + EXPIRY_SLACK_NS) {
		nat_remote_end(nat, r, MAPPING_TIMEOUT,
			       r->expires_ns < now_ns ? r->expires_ns : now_ns);
		return;
	}
	nat_removed_add(nat, &r->key, now_ns);
	nat_remote_lost(nat, r, conntrack_is_pressed(nat) ? MAPPING_EARLY_DROP : MAPPING_DELETED,
			now_ns);
}

static enum offload conntrack_offload(const struct conntrack *answer)
{
	if (answer->status & CONNTRACK_HW_OFFLOAD)
		return OFFLOAD_HARDWARE;
	return answer->status & CONNTRACK_OFFLOAD ? OFFLOAD_FLOWTABLE : OFFLOAD_NONE;
}

static void conntrack_entry_lives(struct nat *nat, struct nat_remote *r,
				  const struct conntrack *answer, u64 left_ns, u64 now_ns)
{
	struct nat_table *table = &nat->table;
	u64 expires = now_ns + left_ns;

	if (r->expires_ns && expires > r->expires_ns + EXPIRY_SLACK_NS) {
		r->heard_ns = now_ns;
		r->mapping->life.refreshed = now_ns;
	}
	r->expires_ns = expires;
	nat_remote_wait(table, r, nat_remote_silent_ns(r));
	if (answer->status & CONNTRACK_ASSURED && left_ns > r->longest_ns)
		r->longest_ns = left_ns;
	if (answer->status & CONNTRACK_SEEN_REPLY)
		nat_mapping_hold(table, r->mapping);
	nat_remote_offload(nat, r, conntrack_offload(answer), now_ns);
}

void engine_conntrack_answer(struct engine *e, const struct conntrack *question,
			     const struct conntrack *answer, u64 left_ns)
{
	struct nat_table *table = &e->nat->table;
	struct nat_remote *r =
		nat_remote_find(table, question->proto, &question->orig_src, &question->orig_dst);
	struct translation t;

	if (answer->state != CONNTRACK_FOUND) {
		if (r)
			conntrack_entry_gone(e->nat, r, e->now);
		return;
	}
	if (!r && !nat_removed_returns(e->nat, question))
		return;
	t = conntrack_translation(e, answer,
				  !endpoint_equal(&answer->orig_src, &question->orig_src));
	if (!r || !endpoint_equal(&t.outside, nat_remote_reported(r)))
		r = nat_mapping_learn(e->nat, &t, e->now);
	if (r)
		conntrack_entry_lives(e->nat, r, answer, left_ns, e->now);
}

void engine_conntrack_table(struct engine *e, const struct conntrack_table *table)
{
	e->nat->early_drops_before = e->nat->conntrack.early_drops;
	e->nat->conntrack = *table;
}
