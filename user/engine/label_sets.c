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

static bool has_labels_of(const struct verdict_count *c, const struct session *s)
{
	return c->verdict == s->verdict && c->where == s->where && c->cause == s->cause &&
	       c->relayed == s->path_relayed && c->path_known == s->path_known &&
	       c->proto == s->path_proto && c->family == s->family;
}

void label_sets_verdict(struct engine_metrics *m, const struct session *s)
{
	u32 i;

	for (i = 0; i < m->nverdicts; i++)
		if (has_labels_of(&m->verdicts[i], s))
			break;
	if (i == VERDICT_COUNTS) {
		m->label_sets_full[LABEL_SETS_VERDICTS]++;
		return;
	}
	if (i == m->nverdicts)
		m->verdicts[m->nverdicts++] = (struct verdict_count){
			.verdict = s->verdict,
			.where = s->where,
			.cause = s->cause,
			.relayed = s->path_relayed,
			.path_known = s->path_known,
			.proto = s->path_proto,
			.family = s->family,
		};
	m->verdicts[i].sessions++;
}
