/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How full the kernel's table of connections is, and what found no room in it: files below /proc.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_CONNTRACK_TABLE_H
#define P2PSCOPE_SOURCE_LIVE_CONNTRACK_TABLE_H

#include "engine/engine.h"

/*
 * Opened while this process may, read again and again. Below 0 where the kernel has no such file.
 */
struct conntrack_files {
	int entries, limit, stat;
};

void conntrack_files_open(struct conntrack_files *files);
void conntrack_files_close(struct conntrack_files *files);

/* Fills in what there is; `table` is zeroed by the caller. */
void conntrack_files_read(const struct conntrack_files *files, struct conntrack_table *table);

/*
 * Adds up the lines of /proc/net/stat/nf_conntrack, one a processor below a head line. Cuts `text`
 * up.
 */
void conntrack_stat_read(char *text, struct conntrack_table *table);

#endif
