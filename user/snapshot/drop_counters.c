/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/drop_counters.h"

struct drop_counters {
	const struct drop_reasons *reasons;
	size_t used;
	struct drop_snapshot rows[DROP_REASONS_MAX];
};

static struct drop_snapshot *drop_row(struct drop_counters *counters, const char *name)
{
	for (size_t i = 0; i < counters->used; i++)
		if (!strcmp(counters->rows[i].reason, name))
			return &counters->rows[i];
	if (counters->used == DROP_REASONS_MAX)
		return &counters->rows[0];
	counters->rows[counters->used].reason = name;
	return &counters->rows[counters->used++];
}

int drop_counters_new(struct drop_counters **out, const struct drop_reasons *reasons)
{
	struct drop_counters *counters = calloc(1, sizeof(*counters));
	const char *name;

	if (!counters)
		return -ENOMEM;
	counters->reasons = reasons;
	counters->rows[0].reason = "other";
	counters->used = 1;
	for (size_t i = 0; (name = drop_reasons_usual(reasons, i)); i++)
		drop_row(counters, name);
	*out = counters;
	return 0;
}

void drop_counters_free(struct drop_counters *counters)
{
	free(counters);
}

/*
 * The data plane sends an event for each of the first eight drops of a flow, then at each power of
 * two (worth_reporting()): half of that count came since the last event.
 */
void drop_counters_count(struct drop_counters *counters, const struct drop_info *drop)
{
	drop_row(counters, drop_reasons_name(counters->reasons, drop->reason))->packets +=
		drop->count <= 8 ? 1 : drop->count / 2;
}

int drop_counters_snapshot(const struct drop_counters *counters, struct drop_snapshot **out,
			   size_t *count)
{
	*out = calloc(counters->used, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	memcpy(*out, counters->rows, counters->used * sizeof(**out));
	*count = counters->used;
	return 0;
}
