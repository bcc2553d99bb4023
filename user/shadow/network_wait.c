/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <net/if.h>
#include <linux/if.h> /* behind the above: IF_OPER_UP */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shadow/network_wait.h"
#include "util/netlink.h"

#define WAIT_MS 1500 /* a worker of the kernel looks after some links once a second */

/* Addresses of IPv6 on links that are up, less the routes by which they are local. */
struct addresses {
	const struct network *network;
	int missing;
};

static int count_idle(const struct nlmsghdr *told, void *arg)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(told);
	const struct nlattr *found[IFLA_MAX + 1];

	netlink_attributes(told, sizeof(*info), found, IFLA_MAX + 1);
	if (info->ifi_flags & IFF_UP && found[IFLA_CARRIER] &&
	    mnl_attr_get_u8(found[IFLA_CARRIER]) && found[IFLA_OPERSTATE] &&
	    mnl_attr_get_u8(found[IFLA_OPERSTATE]) != IF_OPER_UP)
		++*(u32 *)arg;
	return MNL_CB_OK;
}

/*
 * The end of a veth that was up first learns of the other one's being up a moment later, from a
 * worker of the kernel; until then it sends into nothing. Its state tells, which that worker sets,
 * while its queueing is named before.
 */
int network_wait_links(struct mnl_socket *socket)
{
	u32 idle = 1;
	int err = 0;

	for (int i = 0; !err && idle && i < WAIT_MS; i++) {
		idle = 0;
		err = netlink_dump(socket, RTM_GETLINK, AF_UNSPEC, count_idle, &idle);
		if (idle)
			usleep(1000);
	}
	return err;
}

static int count_address(const struct nlmsghdr *told, void *arg)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(told);
	struct addresses *addresses = arg;
	const struct link *link = network_link(addresses->network, address->ifa_index);

	addresses->missing += address->ifa_family == AF_INET6 && link && link->up;
	return MNL_CB_OK;
}

static int count_local(const struct nlmsghdr *told, void *arg)
{
	struct addresses *addresses = arg;

	addresses->missing -=
		((const struct rtmsg *)mnl_nlmsg_get_payload(told))->rtm_type == RTN_LOCAL;
	return MNL_CB_OK;
}

static int count_missing(struct mnl_socket *socket, struct addresses *addresses)
{
	int err;

	addresses->missing = 0;
	err = netlink_dump(socket, RTM_GETADDR, AF_INET6, count_address, addresses);
	if (!err)
		err = netlink_dump(socket, RTM_GETROUTE, AF_INET6, count_local, addresses);
	return err;
}

/*
 * Those of IPv6 become local by a worker, too, even if nobody is asked whether he has them already.
 */
int network_wait_addresses(const struct network *network, struct mnl_socket *socket)
{
	struct addresses addresses = {.network = network, .missing = 1};
	int err = 0;

	for (int i = 0; !err && addresses.missing > 0 && i < WAIT_MS; i++) {
		err = count_missing(socket, &addresses);
		if (addresses.missing > 0)
			usleep(1000);
	}
	return err;
}
