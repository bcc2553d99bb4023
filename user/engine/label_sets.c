/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/label_sets.h"
#include "engine/verdict/texts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- responses of TURN servers --- */

/* Returns the row of these labels, a new one if need be; NULL when the table is full. */
static struct turn_count *turn_row(struct engine_metrics *m, u16 method, u16 code)
{
	for (u32 i = 0; i < m->nturn; i++)
		if (m->turn[i].method == method && m->turn[i].code == code)
			return &m->turn[i];
	if (m->nturn == TURN_COUNTS)
		return NULL;
	m->turn[m->nturn] = (struct turn_count){.method = method, .code = code};
	return &m->turn[m->nturn++];
}

void label_sets_turn(struct engine_metrics *m, u16 method, u16 code)
{
	struct turn_count *row = turn_row(m, method, code);

	if (row)
		row->responses++;
	else
		m->label_sets_full[LABEL_SETS_TURN]++;
}

/* RFC 8656 section 17 and RFC 8489 section 14.8; of Connect, RFC 6062 section 6.3. */
static void turn_begin(struct engine_metrics *m)
{
	static const struct {
		u16 method, code[11];
	} usual[] = {
		{STUN_ALLOCATE, {400, 401, 403, 420, 437, 438, 441, 442, 443, 486, 508}},
		{STUN_REFRESH, {400, 401, 437, 438, 441}},
		{STUN_CREATE_PERMISSION, {400, 401, 403, 437, 438, 441, 443, 508}},
		{STUN_CHANNEL_BIND, {400, 401, 403, 437, 438, 441, 443, 508}},
		{STUN_CONNECT, {400, 401, 403, 437, 438, 446, 447}},
		{STUN_CONNECTION_BIND, {400, 401, 438}},
	};

	for (u32 i = 0; i < COUNT(usual); i++) {
		turn_row(m, usual[i].method, 0);
		for (u32 j = 0; j < COUNT(usual[i].code) && usual[i].code[j]; j++)
			turn_row(m, usual[i].method, usual[i].code[j]);
	}
}

/* --- sessions --- */

static struct sessions_count labels_of(const struct session *s)
{
	return (struct sessions_count){
		.verdict = s->verdict == VERDICT_PENDING ? VERDICT_UNKNOWN : s->verdict,
		.where = s->where,
		.cause = s->cause,
		.relayed = s->path_known && s->path_relayed,
		.path_known = s->path_known,
		.proto = s->path_known ? s->path_proto : 0,
		.family = s->family,
	};
}

static bool same_labels(const struct sessions_count *a, const struct sessions_count *b)
{
	return a->verdict == b->verdict && a->where == b->where && a->cause == b->cause &&
	       a->relayed == b->relayed && a->path_known == b->path_known && a->proto == b->proto &&
	       a->family == b->family;
}

static struct sessions_count *sessions_row(struct engine_metrics *m,
					   const struct sessions_count *labels)
{
	for (u32 i = 0; i < m->nsessions; i++)
		if (same_labels(&m->sessions[i], labels))
			return &m->sessions[i];
	if (m->nsessions == SESSIONS_COUNTS)
		return NULL;
	m->sessions[m->nsessions] = *labels;
	return &m->sessions[m->nsessions++];
}

void label_sets_session(struct engine_metrics *m, const struct session *s)
{
	const struct sessions_count labels = labels_of(s);
	struct sessions_count *row = sessions_row(m, &labels);

	if (row)
		row->sessions++;
	else
		m->label_sets_full[LABEL_SETS_SESSIONS]++;
}

/* Paths on which sessions work; those that do not mostly have none, or one of the first two. */
static const struct {
	u8 relayed, proto;
} usual_paths[] = {
	{0, PROTO_UDP}, {1, PROTO_UDP}, {0, PROTO_TCP}, {1, PROTO_TCP}, {1, PROTO_TLS},
};

#define USUAL_PATHS_FAILED 2

static void sessions_begin_family(struct engine_metrics *m, struct sessions_count labels)
{
	bool works = labels.verdict == VERDICT_SUCCEEDED;

	if (!works)
		sessions_row(m, &labels);
	labels.path_known = 1;
	for (u32 i = 0; i < (works ? COUNT(usual_paths) : USUAL_PATHS_FAILED); i++) {
		labels.relayed = usual_paths[i].relayed;
		labels.proto = usual_paths[i].proto;
		sessions_row(m, &labels);
	}
}

static void sessions_begin_verdict(struct engine_metrics *m, enum verdict verdict, enum where where)
{
	for (u8 cause = 0; cause < CAUSE_COUNT; cause++) {
		struct sessions_count labels = {.verdict = verdict, .where = where, .cause = cause};

		if (!verdict_is_listed(verdict, where, cause))
			continue;
		labels.family = 4;
		sessions_begin_family(m, labels);
		labels.family = 6;
		sessions_begin_family(m, labels);
	}
}

void label_sets_begin(struct engine_metrics *m)
{
	turn_begin(m);
	for (u8 verdict = VERDICT_PENDING + 1; verdict < VERDICT_COUNT; verdict++)
		for (u8 where = 0; where < WHERE_COUNT; where++)
			sessions_begin_verdict(m, verdict, where);
}
