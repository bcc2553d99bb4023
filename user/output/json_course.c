/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output/json_course.h"
#include "output/json_value.h"

static json_t *json_rule_of(const struct engine_view *view, u32 index)
{
	return index < view->nrules ? json_rule(&view->rules[index].rule) : json_null();
}

static json_t *json_outlook(const struct engine_view *view, const struct session *session)
{
	const struct outlook *outlook = &session->outlook;

	if (session->verdict != VERDICT_PENDING || outlook->cause == CAUSE_NONE)
		return json_null();
	return json_pack("{so so so}", "where", json_list_word(WORDS_WHERES, outlook->where),
			 "cause", json_list_word(WORDS_CAUSES, outlook->cause), "rule",
			 json_rule_of(view, outlook->rule));
}

static json_t *json_impaired(const struct engine_view *view, const struct impairment *i)
{
	double all = (double)i->dropped + (double)i->passed;

	if (!i->from_ns)
		return json_null();
	return json_pack(
		"{so so so ss so sI so so so}", "where", json_list_word(WORDS_WHERES, i->where),
		"cause", json_list_word(WORDS_CAUSES, i->cause), "rule",
		json_rule_of(view, i->rule), "direction", i->dir == MEDIA_OUT ? "out" : "in",
		"kind", json_list_word(WORDS_MEDIA_KINDS, i->kind), "dropped",
		(json_int_t)i->dropped, "share",
		all > 0 ? json_real((double)i->dropped / all) : json_null(), "from",
		json_time(i->from_ns), "to", json_time(i->to_ns));
}

/* What was said of the session at a point of its timeline. */
struct said {
	u8 verdict, where, cause;
};

static json_t *json_entry(u64 time_ns, json_t *state, const struct said *said)
{
	return json_pack("{so so so so so}", "t", json_time(time_ns), "state", state, "verdict",
			 json_list_word(WORDS_VERDICTS, said->verdict), "where",
			 json_list_word(WORDS_WHERES, said->where), "cause",
			 json_list_word(WORDS_CAUSES, said->cause));
}

struct stage_time {
	u64 time_ns;
	enum stage stage;
};

#define STAGE_TIMES 6

/* The stages that a session came to; those without a time it did not. */
static void stage_times(const struct session *session, struct stage_time times[STAGE_TIMES])
{
	const struct session_times *t = &session->times;
	enum stage first = session->stage == STAGE_GATHERING ? STAGE_GATHERING : STAGE_CHECKING;

	times[0] = (struct stage_time){t->first, first};
	times[1] = (struct stage_time){t->connected, STAGE_CONNECTED};
	times[2] = (struct stage_time){t->nominated, STAGE_NOMINATED};
	times[3] = (struct stage_time){t->secured, STAGE_SECURED};
	times[4] = (struct stage_time){t->media, STAGE_MEDIA};
	times[5] = (struct stage_time){t->ended, STAGE_ENDED};
}

static const struct course_entry *course_entry_at(const struct session *session, u32 i)
{
	const struct course *course = session->course;

	return course && i < course->nentries ? &course->entries[i] : NULL;
}

/* Media both ways is what `succeeded` means, where nothing else was said before. */
static void said_at_stage(struct said *said, enum stage stage)
{
	if (stage == STAGE_MEDIA && said->verdict == VERDICT_PENDING)
		said->verdict = VERDICT_SUCCEEDED;
}

/* The stages and the other entries, in the order of their times. */
static json_t *json_timeline(const struct session *session)
{
	struct said said = {.verdict = VERDICT_PENDING};
	struct stage_time times[STAGE_TIMES];
	json_t *list = json_array();
	u32 next = 0;

	stage_times(session, times);
	for (u32 i = 0; i <= STAGE_TIMES; i++) {
		const struct course_entry *entry;

		if (i < STAGE_TIMES && !times[i].time_ns)
			continue;
		while ((entry = course_entry_at(session, next)) &&
		       (i == STAGE_TIMES || entry->time_ns < times[i].time_ns)) {
			said = (struct said){entry->verdict, entry->where, entry->cause};
			json_append(&list,
				    json_entry(entry->time_ns,
					       json_list_word(WORDS_COURSE, entry->state), &said));
			next++;
		}
		if (i == STAGE_TIMES)
			break;
		said_at_stage(&said, times[i].stage);
		json_append(&list, json_entry(times[i].time_ns,
					      json_list_word(WORDS_STAGES, times[i].stage), &said));
	}
	return list;
}

void put_course(json_t **object, const struct engine_view *view, const struct session *session)
{
	static const struct course none;
	const struct course *course = session->course ? session->course : &none;

	json_put(object, "outlook", json_outlook(view, session));
	json_put(object, "impaired", json_impaired(view, &course->impaired));
	json_put(object, "worked_s",
		 course->worked_ns ? json_real((double)(course->worked_ns / 1000000) / 1e3)
				   : json_null());
	json_put(object, "timeline", json_timeline(session));
	json_put(object, "timeline_lost", json_integer(course->entries_lost));
}
