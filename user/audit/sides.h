/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The network of an audit, and on which side of it each interface lies. */
#ifndef P2PSCOPE_AUDIT_SIDES_H
#define P2PSCOPE_AUDIT_SIDES_H

#include "shadow/network.h"
#include "util/options.h"

#define SIDE_LINKS 64 /* further interfaces are left out: an audit is of a few paths */

/* Interface numbers. */
struct gateway_sides {
	u32 lans[SIDE_LINKS], wans[SIDE_LINKS];
	size_t nlans, nwans;
};

/*
 * Sorts the interfaces of a network that model_make() has made of `options` by the side on which
 * these name them, in their order.
 */
void sides_of_model(struct gateway_sides *sides, const struct network *network,
		    const struct options *options);

/*
 * Reads the network of the namespace that the caller is in and chooses its sides as `p2pscope run`
 * does. With `may_model` the network is a model of the interfaces that `options` name when this
 * machine has none of them. network_free() frees the network. Returns 0 or -errno, and then what to
 * do about it in `why` of `size` bytes, which is left alone when there is nothing to add.
 */
int sides_choose(struct gateway_sides *sides, struct network *network,
		 const struct options *options, bool may_model, char *why, size_t size);

#endif
