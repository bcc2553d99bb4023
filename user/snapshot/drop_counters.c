/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/drop_counters.h"

#define ROWS 128 /* distinct names; what finds no room is counted in the first, "other" */

struct tally {
	const struct reasons *reasons;
	size_t used;
	struct drop_snapshot rows[ROWS];
};

int tally_new(struct tally **out, const struct reasons *reasons)
{
	struct tally *tally = calloc(1, sizeof(*tally));

	if (!tally)
		return -ENOMEM;
	tally->reasons = reasons;
	tally->rows[0].reason = "other";
	tally->used = 1;
	*out = tally;
	return 0;
}

void tally_free(struct tally *tally)
{
	free(tally);
}

static struct drop_snapshot *row_of(struct tally *tally, const char *name)
{
	for (size_t i = 0; i < tally->used; i++)
		if (!strcmp(tally->rows[i].reason, name))
			return &tally->rows[i];
	if (tally->used == ROWS)
		return &tally->rows[0];
	tally->rows[tally->used].reason = name;
	return &tally->rows[tally->used++];
}

/*
 * The first eight are told, then each power of two (worth_reporting() in the data plane): half of it
 * came since.
 */
void tally_drop(struct tally *tally, const struct drop_info *drop)
{
	row_of(tally, reasons_name(tally->reasons, drop->reason))->packets +=
		drop->count <= 8 ? 1 : drop->count / 2;
}

int tally_snapshot(const struct tally *tally, struct drop_snapshot **out, size_t *count)
{
	*out = calloc(tally->used, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	memcpy(*out, tally->rows, tally->used * sizeof(**out));
	*count = tally->used;
	return 0;
}
