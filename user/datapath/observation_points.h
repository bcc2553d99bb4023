/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The observation points: which interfaces are observed, the side of each, and their hooks.
 * Follows interfaces that appear and disappear.
 */
#ifndef P2PSCOPE_DATAPATH_OBSERVATION_POINTS_H
#define P2PSCOPE_DATAPATH_OBSERVATION_POINTS_H

#include "engine/engine.h"
#include "datapath/hooks.h"
#include "datapath/point_snapshot.h"
#include "util/options.h"

struct points;

/*
 * Creates the points for the interfaces of `options`, else for those that interface_side()
 * chooses. Nothing is attached yet. Options, loader and engine stay the caller's. Returns 0,
 * -ENODEV after having logged that a named interface does not exist, or -ENOMEM.
 */
int points_new(struct points **out, const struct options *options, struct loader *loader,
	       struct engine *engine);

/* Detaches all hooks and frees the points; takes NULL too. */
void points_free(struct points *points);

/*
 * Attaches new interfaces, forgets those that are gone, and informs the engine. Interfaces that
 * cannot be attached are logged and skipped. Returns 0 or -errno; the first call also fails when
 * an interface that was named cannot be attached.
 */
int points_refresh(struct points *points);

/*
 * Checks for XDP programs of others that run before our hooks; a change is logged and passed to
 * the engine. The kernel sends no notification when a program is attached by a link, so this is
 * called once a second. It costs nothing where our own ingress hook is XDP.
 */
void points_check_foreign_xdp(struct points *points);

/* Makes an array of all attached points, to be freed with free(). Returns 0 or -ENOMEM. */
int points_snapshot(const struct points *points, struct point_snapshot **out, size_t *count);

/* Returns 0, or -ENODEV after having logged which named interface does not exist. */
int points_check_names(const struct options *options);

#endif
