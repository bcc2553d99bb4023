/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "shadow/ruleset_copy.h"
#include "shadow/ruleset_running.h"
#include "util/netlink.h"

#define TRIES 5 /* attempts to read all without a change in between */

/* The kernel returns EINTR when something changed during a dump. */
int running_network(struct network *network)
{
	int err = -EINTR;

	for (int i = 0; err == -EINTR && i < TRIES; i++)
		err = network_read(network);
	return err == -EINTR ? -EBUSY : err;
}

/* The listing and the messages must be of one generation, else both are read again. */
int running_ruleset(struct ruleset *ruleset, struct netlink_batch *messages)
{
	u32 after = 0;
	int err = 0;

	for (int i = 0; (!err || err == -EINTR) && i < TRIES; i++) {
		ruleset_free(ruleset);
		netlink_batch_free(messages);
		err = ruleset_read(ruleset);
		if (!err)
			err = ruleset_copy_read(messages);
		if (!err)
			err = ruleset_generation(&after);
		if (!err && after == ruleset->generation)
			return 0;
	}
	return err && err != -EINTR ? err : -EBUSY;
}

/* Loads the kernel's own messages, or, when it does not take them back, what nft(8) listed. */
int running_load(const struct ruleset *ruleset, const struct netlink_batch *messages)
{
	int err;

	if (!ruleset_copy_load(messages))
		return 0;
	err = ruleset_load("flush ruleset");
	return err ? err : ruleset_load(ruleset->text);
}

const char *running_error(int err)
{
	switch (err) {
	case -EINVAL:
		return "the ruleset cannot be loaded a second time";
	case -EBUSY:
		return "the ruleset or the network changes faster than it can be read";
	case -E2BIG:
		return "the ruleset or the network is too large for a shadow";
	default:
		return strerror(-err);
	}
}

int running_watch(struct mnl_socket **out)
{
	static const int groups[] = {
		RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
		RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,
	};
	struct mnl_socket *socket;
	int err = netlink_open(&socket, NETLINK_ROUTE);

	for (size_t i = 0; !err && i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group))) {
			err = -errno;
			netlink_close(socket);
		}
	}
	if (!err)
		*out = socket;
	return err;
}

/*
 * The network is read anew as a whole, so neither what changed matters nor lost messages (ENOBUFS).
 */
bool running_network_changed(struct mnl_socket *socket)
{
	bool seen = false;
	char byte;

	while (recv(mnl_socket_get_fd(socket), &byte, sizeof(byte), MSG_DONTWAIT) >= 0 ||
	       errno == ENOBUFS)
		seen = true;
	return seen;
}
