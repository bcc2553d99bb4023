/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "shadow/changes.h"
#include "util/netlink.h"

int changes_watch(struct mnl_socket **out)
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
 * Everything is read anew anyway: what changed does not matter, nor that messages were lost
 * (ENOBUFS).
 */
bool changes_seen(struct mnl_socket *socket)
{
	bool seen = false;
	char byte;

	while (recv(mnl_socket_get_fd(socket), &byte, sizeof(byte), MSG_DONTWAIT) >= 0 ||
	       errno == ENOBUFS)
		seen = true;
	return seen;
}
