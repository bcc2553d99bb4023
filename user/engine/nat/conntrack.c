/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What conntrack says: of a flow that just left, and of entries that were asked for again. An entry
 * that is gone before its time was taken away; which of both it was, the table's own counters tell.
 */
#include "engine/engine.h"
#include "engine/flow.h"
#include "engine/gateway_info.h"
#include "engine/nat/nat.h"
#include "engine/state.h"
#include "util/time.h"

/*
 * Asked once a second, and told in ticks: an entry may be gone this much before the time it had
 * left says.
 */
#define EXPIRY_SLACK_NS (1 * NS_PER_S)
/*
 * From here on the kernel clears entries itself (net/netfilter/nf_conntrack_core.c, gc_worker: 95
 * of 100).
 */
#define NEARLY_FULL(table) \
	((table)->limit && (u64)(table)->entries * 100 >= (u64)(table)->limit * 95)

static bool is_outside_endpoint(const struct engine *e, const struct endpoint *ep)
{
	struct nat_mapping *n = nat_mapping_by_outside(e, PROTO_UDP, ep);

	return addr_is_outside(e, &ep->ip) || (n && !n->plain);
}

/*
 * The entry as a translation. Its inside is who began, or, when it began beyond, who answers. A
 * packet from inside to an outside address of ours that another inside host answers was hairpinned
 * back.
 */
static void translation_of(const struct engine *e, const struct conntrack *ct, bool inbound,
			   struct translation *t)
{
	bool hairpinned = !inbound && !endpoint_equal(&ct->orig_dst, &ct->reply_src) &&
			  is_outside_endpoint(e, &ct->orig_dst);

	*t = (struct translation){.proto = ct->proto,
				  .source = MAPPING_BY_CONNTRACK,
				  .inbound = inbound,
				  .inside = inbound ? ct->reply_src : ct->orig_src,
				  .remote = inbound ? ct->reply_dst : ct->orig_dst,
				  .outside = inbound ? ct->orig_dst : ct->reply_dst,
				  .far = inbound ? ct->orig_src : ct->reply_src};
	t->kind = inbound ? MAPPING_FORWARD : hairpinned ? MAPPING_HAIRPIN : MAPPING_DYNAMIC;
}

static void conntrack_mapping(struct engine *e, const struct translation *t, bool known)
{
	struct nat_remote *b = nat_mapping_learn(e, t);

	if (b && known)
		nat_mapping_hold(e, b);
}

bool conntrack_learn(struct engine *e, struct flow *f, const struct conntrack *ct, bool known)
{
	struct translation t, other;
	bool inbound;

	f->conntrack_known = 1;
	inbound = f->side == SIDE_LAN ? !endpoint_equal(&ct->orig_src, flow_local(f))
				      : endpoint_equal(&ct->orig_src, flow_remote(f));
	translation_of(e, ct, inbound, &t);
	/*
	 * From the WAN alone, what is not translated may be a host's packet or this machine's own:
	 * the LAN side tells.
	 */
	if (f->side == SIDE_WAN && endpoint_equal(&t.inside, &t.outside))
		return false;
	conntrack_mapping(e, &t, known);
	translation_of(e, ct, false, &other);
	if (inbound && other.kind == MAPPING_HAIRPIN) /* who began is inside, too */
		conntrack_mapping(e, &other, known);
	return true;
}

size_t engine_conntrack_questions(struct engine *e, struct conntrack *questions, size_t room)
{
	struct nat_remote *b = e->nat->asked, *last = b ? b->asked_before : NULL;
	size_t n = 0;

	while (b && n < room) {
		questions[n++] = (struct conntrack){.orig_src = b->key.inside,
						    .orig_dst = b->key.remote,
						    .proto = (u8)b->key.proto};
		DL_DELETE2(e->nat->asked, b, asked_before, asked_after);
		DL_APPEND2(e->nat->asked, b, asked_before, asked_after);
		if (b == last)
			break;
		b = e->nat->asked;
	}
	return n;
}

static bool conntrack_pressed(const struct engine *e)
{
	return e->nat->table.early_drops != e->nat->early_drops_before ||
	       NEARLY_FULL(&e->nat->table);
}

static void conntrack_entry_gone(struct engine *e, struct nat_remote *b)
{
	if (b->expires_ns && b->expires_ns <= e->now + EXPIRY_SLACK_NS)
		nat_remote_end(e, b, MAPPING_TIMEOUT,
			       b->expires_ns < e->now ? b->expires_ns : e->now);
	else
		nat_remote_end(e, b, conntrack_pressed(e) ? MAPPING_EARLY_DROP : MAPPING_DELETED,
			       e->now);
}

static void conntrack_entry_lives(struct engine *e, struct nat_remote *b,
				  const struct conntrack *answer, u64 left_ns)
{
	u64 expires = e->now + left_ns;

	if (b->expires_ns && expires > b->expires_ns + EXPIRY_SLACK_NS) {
		b->heard_ns = e->now;
		b->entry->m.refreshed = e->now;
	}
	b->expires_ns = expires;
	timer_set(&e->nat->timers, &b->timer, nat_remote_silent_ns(b));
	if (answer->status & CONNTRACK_ASSURED && left_ns > b->longest_ns)
		b->longest_ns = left_ns;
	if (answer->status & CONNTRACK_SEEN_REPLY)
		nat_mapping_hold(e, b);
}

void engine_conntrack_answer(struct engine *e, const struct conntrack *question,
			     const struct conntrack *answer, u64 left_ns)
{
	struct nat_remote *b =
		nat_remote_find(e, question->proto, &question->orig_src, &question->orig_dst);
	struct translation t;

	if (!b)
		return;
	if (answer->state != CONNTRACK_FOUND) {
		conntrack_entry_gone(e, b);
		return;
	}
	translation_of(e, answer, !endpoint_equal(&answer->orig_src, &question->orig_src), &t);
	if (!endpoint_equal(&t.outside, nat_remote_reported(b)))
		b = nat_mapping_learn(e, &t);
	if (b)
		conntrack_entry_lives(e, b, answer, left_ns);
}

void engine_conntrack_table(struct engine *e, const struct conntrack_table *table)
{
	e->nat->early_drops_before = e->nat->table.early_drops;
	e->nat->table = *table;
}
