/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A rule is identified by its place and text, as its handle changes when the ruleset is loaded
 * again.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/changes.h"
#include "engine/engine.h"
#include "engine/flows.h"
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/refusals.h"
#include "engine/rules.h"
#include "engine/session.h"
#include "engine/session_course.h"
#include "engine/session_evidence.h"
#include "engine/state.h"
#include "util/address.h"

#define RULE_HOSTS_MAX 4096

enum { COUNTED_BLOCKED = 1 << 0, COUNTED_DEGRADED = 1 << 1 };

struct rule_host {
	struct addr ip;
	UT_hash_handle hh;
};

struct rule_state {
	struct rule id; /* its handle is 0 */
	UT_hash_handle hh;
	u32 index;
	struct rule_view v;
	struct rule_host *hosts;
};

struct rule_table {
	struct rule_state *dropping; /* those that dropped packets of sessions */
	struct rule *idle; /* that can drop; those that did are among them */
	size_t nidle;
	u64 left_out;
};

int rules_begin(struct engine *e)
{
	e->rules = calloc(1, sizeof(*e->rules));
	return e->rules ? 0 : -ENOMEM;
}

/* Returns what identifies a rule: no handle, and zeroes after each string. */
static struct rule rule_identity(const struct rule *rule)
{
	struct rule id = {0};

	memccpy(id.family, rule->family, 0, sizeof(id.family) - 1);
	memccpy(id.table, rule->table, 0, sizeof(id.table) - 1);
	memccpy(id.chain, rule->chain, 0, sizeof(id.chain) - 1);
	memccpy(id.text, rule->text, 0, sizeof(id.text) - 1);
	return id;
}

/* FNV-1a over place and text of an identity. */
static u32 rule_hash(const struct rule *id)
{
	const char *const parts[] = {id->family, id->table, id->chain, id->text};
	u32 hash = 2166136261u;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (const char *c = parts[i]; *c; c++)
			hash = (hash ^ (u8)*c) * 16777619u;
		hash = hash * 16777619u; /* where a part ends */
	}
	return hash;
}

static bool rule_id_taken(const struct engine *e, u32 id)
{
	for (const struct rule_state *r = e->rules->dropping; r; r = r->hh.next)
		if (r->v.id == id)
			return true;
	return false;
}

static u32 rule_new_id(const struct engine *e, const struct rule *identity)
{
	u32 id = rule_hash(identity);

	while (rule_id_taken(e, id))
		id++;
	return id;
}

static struct rule_state *rule_get(struct engine *e, const struct rule *rule)
{
	struct rule id = rule_identity(rule);
	struct rule_state *r;

	HASH_FIND(hh, e->rules->dropping, &id, sizeof(id), r);
	if (!r && HASH_COUNT(e->rules->dropping) < RULES_MAX) {
		r = calloc(1, sizeof(*r));
		if (!r)
			return NULL;
		r->id = id;
		r->index = HASH_COUNT(e->rules->dropping);
		r->v.id = rule_new_id(e, &id);
		HASH_ADD(hh, e->rules->dropping, id, sizeof(r->id), r);
	}
	if (!r)
		return NULL;
	r->v.rule = id;
	r->v.rule.handle = rule->handle;
	return r;
}

static void rule_hit(struct rule_state *r, const struct addr *host, u64 at_ns)
{
	struct rule_host *h;

	if (!r->v.first)
		r->v.first = at_ns;
	if (at_ns > r->v.last)
		r->v.last = at_ns;
	HASH_FIND(hh, r->hosts, host, sizeof(*host), h);
	if (h || r->v.hosts == RULE_HOSTS_MAX)
		return;
	h = calloc(1, sizeof(*h));
	if (!h)
		return;
	h->ip = *host;
	HASH_ADD(hh, r->hosts, ip, sizeof(h->ip), h);
	r->v.hosts++;
}

/*
 * Returns the drops of one kind that a session's verdict rests on: its own, or those of its host's
 * gathering, which belong to no session. NULL when there are none.
 */
static const struct drop_sum *blamed_drops(const struct engine *e, const struct session_state *s,
					   enum blocked_kind kind)
{
	struct host *h;

	if (kind != BLOCKED_TURN && s->cut && kind < BLOCKED_KINDS)
		return drop_run_of(s->drops, kind, s->cut_heading);
	if (kind != BLOCKED_TURN)
		return kind < BLOCKED_KINDS ? drops_of(s->drops, kind) : NULL;
	h = host_find(e, &s->s.host);
	return h ? &h->gather_drop : NULL;
}

static void outlook_rule_name(struct engine *e, struct session_state *s)
{
	const struct drop_sum *drops = blamed_drops(e, s, s->outlook_blamed);

	s->s.outlook.rule = drops && drops->rule ? drops->rule->index : NO_RULE;
}

/* The session works, and the rule drops part of its media: a rule counts it once, as degraded. */
static void impairment_rule_name(struct session_state *s)
{
	const struct impairment *i = &session_course_of(s)->impaired;
	const struct drop_sum *run;

	if (!i->from_ns || i->where != WHERE_HERE)
		return;
	run = drop_run_of(s->drops, BLOCKED_MEDIA, i->dir == MEDIA_OUT ? OUTBOUND : INBOUND);
	if (!run->rule)
		return;
	s->s.course->impaired.rule = run->rule->index;
	if (s->rule_counted & COUNTED_DEGRADED)
		return;
	s->rule_counted |= COUNTED_DEGRADED;
	rule_hit(run->rule, &s->s.host, run->last_ns);
	run->rule->v.degraded++;
}

void rule_name(struct engine *e, struct session_state *s)
{
	const struct drop_sum *drops = blamed_drops(e, s, s->blamed);
	struct rule_state *r = drops ? drops->rule : NULL;
	bool blocked = s->s.verdict == VERDICT_BLOCKED;
	u8 bit = blocked ? COUNTED_BLOCKED : COUNTED_DEGRADED;

	outlook_rule_name(e, s);
	impairment_rule_name(s);
	s->s.rule = r && blocked ? r->index : NO_RULE;
	s->s.degraded_rule = r && !blocked && s->s.degraded ? r->index : NO_RULE;
	if (!r || s->rule_counted & bit || (!blocked && !s->s.degraded))
		return;
	s->rule_counted |= bit;
	rule_hit(r, &s->s.host, drops->last_ns);
	if (blocked)
		r->v.blocked++;
	else
		r->v.degraded++;
}

/* Which drops a rule was found for: those of another heading or cause may be another rule's. */
struct dropped_by {
	enum heading heading;
	enum cause cause;
	struct rule_state *rule;
};

static bool drops_take(struct drop_sum *drops, const struct dropped_by *by)
{
	if (!drops->count || drops->heading != by->heading || drops->cause != by->cause ||
	    drops->rule)
		return false;
	drops->rule = by->rule;
	return true;
}

static void gathering_take(struct engine *e, struct host *h, const struct dropped_by *by)
{
	struct session_state *s;

	/* known before: the sessions that rest on it since were given the rule at once */
	if (!drops_take(&h->gather_drop, by))
		return;
	for (s = sessions_known(e); s; s = s->next)
		if ((s->blamed == BLOCKED_TURN || s->outlook_blamed == BLOCKED_TURN) &&
		    memcmp(&s->s.host, &h->ip, sizeof(h->ip)) == 0) {
			rule_name(e, s);
			changes_note(e, s);
		}
}

static void rule_unknown(struct flow *f, const struct event *drop, const char *why_not)
{
	char to[ENDPOINT_TEXT];

	if (f->session)
		session_say(f->session, drop->time_ns, AT_GATEWAY, EVIDENCE_DROP_RULE_UNKNOWN,
			    endpoint_text(flow_remote(f), to), why_not);
}

static void say_queue(struct session_state *s, const struct event *drop, s32 queue)
{
	if (queue == QUEUE_UNKNOWN)
		session_say(s, drop->time_ns, AT_GATEWAY, EVIDENCE_DROP_QUEUE_UNKNOWN);
	else if (queue != NOT_QUEUED)
		session_say(s, drop->time_ns, AT_GATEWAY, EVIDENCE_DROP_QUEUE, queue);
}

/* Returns how what the shadow found contradicts what happened, NULL when it does not. */
static const char *rule_contradiction(enum cause cause, s32 queue)
{
	if (cause == CAUSE_QUEUE && queue == NOT_QUEUED)
		return "in the shadow it comes to no queue";
	if (cause != CAUSE_QUEUE && queue != NOT_QUEUED)
		return "in the shadow it comes to a queue first, which nobody serves there";
	return NULL;
}

static void session_take(struct engine *e, struct session_state *s, enum blocked_kind kind,
			 const struct event *drop, const struct dropped_by *by, s32 queue)
{
	bool run;

	if (!s->drops)
		return;
	run = s->drops->run && drops_take(&s->drops->run[kind][by->heading], by);
	if (drops_take(&s->drops->of[kind], by) || run)
		say_queue(s, drop, queue);
	rule_name(e, s);
	changes_note(e, s);
}

/* The flow carries others inside TURN: their sessions have lost what it has. */
static void carried_take(struct engine *e, struct flow *f, const struct event *drop,
			 const struct dropped_by *by, s32 queue)
{
	enum blocked_kind kind = drop->cls == CLASS_CHANNEL_DATA ? BLOCKED_MEDIA : BLOCKED_CHECK;

	for (struct flow *i = flow_find_asker(e, f->side, flow_local(f)); i;
	     i = flow_next_asker(e, i))
		if (flow_is_carried_by(i, f) && i->session)
			session_take(e, i->session, kind, drop, by, queue);
}

static void flow_take(struct engine *e, struct flow *f, const struct event *drop,
		      const struct dropped_by *by, s32 queue)
{
	enum blocked_kind kind = drop_kind(f, drop->cls);
	struct host *h = kind == BLOCKED_TURN ? flow_host(e, f) : NULL;

	if (flow_more(f)->drops)
		drops_take(&f->more->drops->of[kind], by);
	if (f->session)
		session_take(e, f->session, kind, drop, by, queue);
	if (flow_more(f)->alloc.granted_ns)
		carried_take(e, f, drop, by, queue);
	if (h)
		gathering_take(e, h, by);
}

void engine_rule(struct engine *e, const struct event *drop, const struct rule *rule, s32 queue,
		 const char *why_not)
{
	struct flow *f = flow_find(e, &drop->key);
	struct dropped_by by;
	const char *name;

	if (!f || !drop_was_counted(f, drop))
		return;
	by.heading = engine_heading(f->side, drop->dir);
	by.cause = drop_cause(e, drop->drop.reason, &name);
	if (rule)
		why_not = rule_contradiction(by.cause, queue);
	by.rule = rule && !why_not ? rule_get(e, rule) : NULL;
	if (by.rule)
		flow_take(e, f, drop, &by, queue);
	else
		rule_unknown(f, drop, why_not ? why_not : "too many rules");
}

bool engine_rule_matters(const struct engine *e, const struct event *drop)
{
	const struct flow *f = flow_find(e, &drop->key);

	return f && drop_was_counted(f, drop);
}

struct rule_wanted engine_rule_wanted(const struct engine *e, const struct event *drop)
{
	const struct flow *f = flow_find(e, &drop->key);
	enum blocked_kind kind = f ? drop_kind(f, drop->cls) : BLOCKED_KINDS;
	struct host *h = kind == BLOCKED_TURN ? host_find(e, &flow_local(f)->ip) : NULL;

	if (h)
		return (struct rule_wanted){.by = (uintptr_t)h, .known = h->gather_drop.rule};
	if (!f || !f->session)
		return (struct rule_wanted){.by = 0};
	return (struct rule_wanted){
		.by = f->session->s.id + 2u * kind + engine_heading(f->side, drop->dir),
		.known = drop_run_of(f->session->drops, kind, engine_heading(f->side, drop->dir))
				 ->rule,
	};
}

void engine_rules(struct engine *e, const struct rule *rules, size_t count, u64 left_out)
{
	struct rule *idle = calloc(count ? count : 1, sizeof(*idle));
	struct rule_state *r;

	if (!idle)
		return;
	free(e->rules->idle);
	e->rules->idle = idle;
	e->rules->nidle = 0;
	e->rules->left_out = left_out;
	for (size_t i = 0; i < count; i++) {
		struct rule id = rule_identity(&rules[i]);

		HASH_FIND(hh, e->rules->dropping, &id, sizeof(id), r);
		if (r)
			r->v.rule.handle = rules[i].handle;
		id.handle = rules[i].handle;
		idle[e->rules->nidle++] = id;
	}
}

/* Returns whether a rule that can drop has dropped packets of sessions by now. */
static bool has_dropped(const struct engine *e, const struct rule *rule)
{
	struct rule id = rule_identity(rule);
	struct rule_state *r;

	HASH_FIND(hh, e->rules->dropping, &id, sizeof(id), r);
	return r;
}

bool rules_copy(const struct engine *e, struct engine_view *view)
{
	struct rule_state *r, *tmp;
	size_t room = HASH_COUNT(e->rules->dropping) + e->rules->nidle;

	view->rules = calloc(room ? room : 1, sizeof(*view->rules));
	if (!view->rules)
		return false;
	HASH_ITER(hh, e->rules->dropping, r, tmp)
		view->rules[view->nrules++] = r->v;
	view->ndropping = view->nrules;
	for (size_t i = 0; i < e->rules->nidle; i++)
		if (!has_dropped(e, &e->rules->idle[i]))
			view->rules[view->nrules++].rule = e->rules->idle[i];
	view->rules_left_out = e->rules->left_out;
	return true;
}

void rules_free(struct engine *e)
{
	struct rule_state *r, *rtmp;
	struct rule_host *h, *htmp;

	if (!e->rules)
		return;
	free(e->rules->idle);
	HASH_ITER(hh, e->rules->dropping, r, rtmp) {
		HASH_ITER(hh, r->hosts, h, htmp) {
			HASH_DEL(r->hosts, h);
			free(h);
		}
		HASH_DEL(e->rules->dropping, r);
		free(r);
	}
	free(e->rules);
}
