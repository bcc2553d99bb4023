/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The points: which interfaces are observed, on which side each lies, and their hooks. Follows
 * interfaces that come and go.
 */
#ifndef P2PSCOPE_DATAPATH_OBSERVATION_POINTS_H
#define P2PSCOPE_DATAPATH_OBSERVATION_POINTS_H

#include "engine/engine.h"
#include "datapath/hooks.h"
#include "datapath/point_snapshot.h"
#include "util/options.h"

struct points;

/*
 * Reads which interfaces were named, else chooses: those with a default route are wan, other
 * addressed ones lan. Says what is wrong (an interface that is not there) and gives -ENODEV then,
 * else -errno. Options, loader and engine stay the caller's. Nothing is attached yet.
 */
int points_new(struct points **out, const struct options *options, struct loader *loader,
	       struct engine *engine);

/* Detaches all. */
void points_free(struct points *points);

/*
 * Attaches what is there and not attached, forgets what is gone, tells the engine. The first call
 * gives -errno and says why when an interface that was named cannot be attached; later ones log it
 * and go on.
 */
int points_refresh(struct points *points);

/*
 * Warns of, and tells the engine, where an XDP program that is not ours comes before us, or does so
 * no more. The kernel tells nobody of a program that is attached by a link: to be asked about once
 * a second, at no cost where our ingress is XDP itself.
 */
void points_check_foreign_xdp(struct points *points);

/*
 * Names, sides, hooks and counters of all attached interfaces, in a list to be freed with free().
 * -errno.
 */
int points_snapshot(const struct points *points, struct point_snapshot **out, size_t *count);

/* Checks that every named interface exists; says which does not. Gives 0 or -ENODEV. */
int points_check_names(const struct options *options);

#endif
