/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/label_sets.h"

void label_sets_turn(struct engine_metrics *m, u16 method, u16 code)
{
	u32 i;

	for (i = 0; i < m->nturn; i++)
		if (m->turn[i].method == method && m->turn[i].code == code)
			break;
	if (i == TURN_COUNTS) {
		m->label_sets_full[LABEL_SETS_TURN]++;
		return;
	}
	if (i == m->nturn)
		m->turn[m->nturn++] = (struct turn_count){.method = method, .code = code};
	m->turn[i].responses++;
}

static struct sessions_count labels_of(const struct session *s)
{
	return (struct sessions_count){
		.verdict = s->verdict == VERDICT_PENDING ? VERDICT_UNKNOWN : s->verdict,
		.where = s->where,
		.cause = s->cause,
		.relayed = s->path_relayed,
		.path_known = s->path_known,
		.proto = s->path_proto,
		.family = s->family,
	};
}

static bool same_labels(const struct sessions_count *a, const struct sessions_count *b)
{
	return a->verdict == b->verdict && a->where == b->where && a->cause == b->cause &&
	       a->relayed == b->relayed && a->path_known == b->path_known && a->proto == b->proto &&
	       a->family == b->family;
}

void label_sets_session(struct engine_metrics *m, const struct session *s)
{
	const struct sessions_count labels = labels_of(s);
	u32 i;

	for (i = 0; i < m->nsessions; i++)
		if (same_labels(&m->sessions[i], &labels))
			break;
	if (i == SESSIONS_COUNTS) {
		m->label_sets_full[LABEL_SETS_SESSIONS]++;
		return;
	}
	if (i == m->nsessions)
		m->sessions[m->nsessions++] = labels;
	m->sessions[i].sessions++;
}
