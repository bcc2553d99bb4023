/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>

#include "snapshot/snapshot.h"

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	engine_view_free(snapshot->view);
	free(snapshot->points);
	free(snapshot->drops);
	free(snapshot);
}
