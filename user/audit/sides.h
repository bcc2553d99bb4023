/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The network of an audit, and which of its interfaces lie towards the hosts and which towards the
 * internet.
 */
#ifndef P2PSCOPE_AUDIT_SIDES_H
#define P2PSCOPE_AUDIT_SIDES_H
#include "shadow/network.h"
#include "util/options.h"

#define SIDE_LINKS 64 /* what is beyond is left out: an audit is of a few ways */

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
 * Reads the network of the namespace that the caller is in and chooses as `p2pscope run` does; with
 * `may_model` it is a model where none of the interfaces that `options` name is here. -errno; `why`
 * says what to do if that is more than it.
 */
int sides_choose(struct gateway_sides *sides, struct network *network,
		 const struct options *options, bool may_model, char *why, size_t size);

#endif
