/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a gateway runs, read so that all of it is of one moment, and loaded a second time. */
#ifndef P2PSCOPE_SHADOW_RULESET_RUNNING_H
#define P2PSCOPE_SHADOW_RULESET_RUNNING_H
#include <libmnl/libmnl.h>

#include "shadow/network.h"
#include "shadow/ruleset.h"

/*
 * Read those of the namespace that the caller is in: the ruleset as it is listed and as messages
 * that make it again, which are freed first. -EBUSY: it changes faster than it can be read; -errno.
 */
int running_network(struct network *network);
int running_ruleset(struct ruleset *ruleset, struct netlink_batch *messages);

/* Loads the ruleset that was read into the namespace that the caller is in. -errno. */
int running_load(const struct ruleset *ruleset, const struct netlink_batch *messages);

/*
 * Watches interfaces, addresses, routes and policy rules of the namespace that the caller is in.
 * -errno.
 */
int running_watch(struct mnl_socket **out);

/* Gives whether one of them has changed since the last call. */
bool running_network_changed(struct mnl_socket *socket);

/* What the -errno of one of these, or of a shadow, means for people. */
const char *running_error(int err);

#endif
