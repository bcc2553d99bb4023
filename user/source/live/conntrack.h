/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Polls the kernel's conntrack table: once a second its fill level and the entries that the engine
 * asks for are passed to the engine. Both are those of this process's network namespace.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_CONNTRACK_H
#define P2PSCOPE_SOURCE_LIVE_CONNTRACK_H

#include "engine/engine.h"

struct conntrack_source;

/*
 * Opens the files below /proc while this process may. `program` is the descriptor of the BPF
 * program conntrack_look, negative when there is none: then only the fill level is reported, where
 * the kernel has it. Program and engine stay the caller's. Returns 0 or -ENOMEM.
 */
int conntrack_open(struct conntrack_source **out, int program, struct engine *engine);

/* Frees the source; takes NULL too. */
void conntrack_close(struct conntrack_source *source);

/*
 * Does one round; called once a second. The first rounds measure the length of a kernel tick, in
 * which entries state their timeouts; entries are only asked for once it is known.
 */
void conntrack_poll(struct conntrack_source *source);

/*
 * Adds up the columns "drop" and "early_drop" of /proc/net/stat/nf_conntrack, one line a processor
 * below a head line (ct_cpu_seq_show() in the kernel's net/netfilter/nf_conntrack_standalone.c),
 * into `table`. Overwrites `text`.
 */
void conntrack_stat_read(char *text, struct conntrack_table *table);

#endif
