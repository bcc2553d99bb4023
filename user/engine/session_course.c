/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/session_course.h"

struct course *session_course(struct session_state *s)
{
	if (!s->s.course) {
		s->s.course = calloc(1, sizeof(*s->s.course));
		if (s->s.course)
			s->s.course->impaired.rule = NO_RULE;
	}
	return s->s.course;
}

const struct course *session_course_of(const struct session_state *s)
{
	static const struct course none = {.impaired.rule = NO_RULE};

	return s->s.course ? s->s.course : &none;
}

struct course *course_copy(const struct course *from)
{
	struct course *to = from ? malloc(sizeof(*to)) : NULL;

	if (!to)
		return NULL;
	*to = *from;
	to->entries = from->nentries ? malloc(from->nentries * sizeof(*to->entries)) : NULL;
	if (to->entries)
		memcpy(to->entries, from->entries, from->nentries * sizeof(*to->entries));
	else
		to->nentries = 0;
	return to;
}

void course_free(struct course *course)
{
	if (course)
		free(course->entries);
	free(course);
}

/* Returns room for one more entry, in place of the newest when there are too many. */
static struct course_entry *course_room(struct course *course)
{
	struct course_entry *grown;

	if (course->nentries == COURSE_ENTRIES) {
		course->entries_lost++;
		return &course->entries[COURSE_ENTRIES - 1];
	}
	grown = realloc(course->entries, (course->nentries + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	course->entries = grown;
	return &grown[course->nentries++];
}

void course_note(struct session_state *s, u64 time_ns, enum course_state state)
{
	struct course *course = session_course(s);
	struct course_entry *entry = course ? course_room(course) : NULL;

	if (entry)
		*entry = (struct course_entry){.time_ns = time_ns,
					       .state = state,
					       .verdict = s->s.verdict,
					       .where = s->s.where,
					       .cause = s->s.cause};
}

void course_reopen(struct session_state *s, u64 time_ns)
{
	course_note(s, time_ns, COURSE_REOPENED);
	if (s->s.course)
		s->s.course->reopened_ns = time_ns;
}

void course_decide(struct session_state *s, u64 since_ns)
{
	struct course *course = session_course(s);

	if (course)
		course->decisive_ns = since_ns;
}

void course_alert(struct session_state *s, u64 time_ns)
{
	struct course *course = session_course(s);

	if (course)
		course->alert_ns = time_ns;
}

u64 course_recovered_ns(const struct session_state *s)
{
	const struct course *course = session_course_of(s);
	const struct course_entry *last;

	if (!course->nentries)
		return 0;
	last = &course->entries[course->nentries - 1];
	return last->state == COURSE_RECOVERED ? last->time_ns : 0;
}

bool course_withdraw(struct session_state *s, enum course_state state, u64 since_ns)
{
	struct course *course = s->s.course;
	const struct course_entry *last;

	if (!course || !course->nentries)
		return false;
	last = &course->entries[course->nentries - 1];
	if (last->state != state || last->time_ns < since_ns)
		return false;
	course->nentries--;
	return true;
}
