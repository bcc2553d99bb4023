/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * On which side of the gateway an interface lies: as the command line names it or, when it names
 * none, as routes and addresses tell.
 */
#ifndef P2PSCOPE_UTIL_INTERFACE_SIDE_H
#define P2PSCOPE_UTIL_INTERFACE_SIDE_H

#include <stdbool.h>

#include "util/interfaces.h"
#include "util/options.h"

enum interface_side {
	INTERFACE_UNUSED, /* not observed: neither named nor chosen */
	INTERFACE_LAN, /* toward the hosts */
	INTERFACE_WAN, /* toward the internet */
};

/*
 * Returns the side of `item`, one of the `count` interfaces of `list` as interfaces_read() reads
 * them. With --lan or --wan only interfaces named there have a side; otherwise those with a default
 * route, and those below a VLAN with one, are WAN and others with an address LAN, but for loopback.
 */
enum interface_side interface_side(const struct options *options, const struct interface *list,
				   size_t count, const struct interface *item);

/* Returns whether a list of --lan or --wan has the name. */
bool interface_is_named(const struct option_list *names, const char *name);

/* Returns 0, or -EINVAL after having logged which interface is named on both sides. */
int interface_sides_check(const struct options *options);

#endif
