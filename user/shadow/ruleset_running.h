/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a gateway runs, read so that all of it is of one moment, loaded a second time, and watched.
 * All functions work in the caller's network namespace.
 */
#ifndef P2PSCOPE_SHADOW_RULESET_RUNNING_H
#define P2PSCOPE_SHADOW_RULESET_RUNNING_H

#include <libmnl/libmnl.h>

#include "shadow/network.h"
#include "shadow/ruleset.h"

/* Reads the network. Returns 0, -EBUSY when it changes faster than it can be read, or -errno. */
int running_network(struct network *network);

/*
 * Reads the ruleset, both as nft(8) lists it and as messages that make it again; both are freed
 * first. Returns as running_network().
 */
int running_ruleset(struct ruleset *ruleset, struct netlink_batch *messages);

/* Loads the ruleset that was read. Returns 0 or -errno. */
int running_load(const struct ruleset *ruleset, const struct netlink_batch *messages);

/*
 * Opens a socket that learns of changes to interfaces, addresses, routes and policy rules. Returns
 * 0 or -errno.
 */
int running_watch(struct mnl_socket **out);

/* Returns whether one of them has changed since the last call. */
bool running_network_changed(struct mnl_socket *socket);

/* Returns what the -errno of one of these functions, or of a shadow, means for people. */
const char *running_error(int err);

#endif
