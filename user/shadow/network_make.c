/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <linux/if.h> /* after the above: IF_OPER_UP */
#include <sys/socket.h>
#include <unistd.h>

#include "shadow/network.h"
#include "util/netlink.h"

#define REQUEST_BYTES 1024
/* reassembled packets and GRO/GSO aggregates are sent whole */
#define MTU_MAX 65535u
#define WAIT_MS 1500 /* the kernel looks after some links once a second (linkwatch) */

/* --- making --- */

static struct ifinfomsg *begin_link_request(struct nlmsghdr *request, u16 flags, int index)
{
	struct ifinfomsg *info;

	request->nlmsg_type = RTM_NEWLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	info->ifi_index = index;
	return info;
}

/* The other end of a veth: a header and attributes, as in a request of its own. */
static void put_peer(struct nlmsghdr *request, const struct net_link *link, u32 mtu, int outside)
{
	struct nlattr *peer = mnl_attr_nest_start(request, VETH_INFO_PEER);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(request, sizeof(*info));

	info->ifi_index = link->index;
	mnl_attr_put_strz(request, IFLA_IFNAME, link->name);
	mnl_attr_put_u32(request, IFLA_MTU, mtu);
	mnl_attr_put_u32(request, IFLA_NET_NS_FD, (u32)outside);
	mnl_attr_nest_end(request, peer);
}

static void put_veth(struct nlmsghdr *request, const struct net_link *link, u32 mtu, int outside)
{
	struct nlattr *info = mnl_attr_nest_start(request, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(request, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(request, IFLA_INFO_DATA);
	put_peer(request, link, mtu, outside);
	mnl_attr_nest_end(request, data);
	mnl_attr_nest_end(request, info);
}

static int make_link(struct mnl_socket *here, const struct net_link *link, u32 mtu, int outside)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	begin_link_request(request, NLM_F_CREATE | NLM_F_EXCL, link->index);
	mnl_attr_put_strz(request, IFLA_IFNAME, link->name);
	mnl_attr_put_u32(request, IFLA_MTU, mtu);
	mnl_attr_put_u32(request, IFLA_GROUP, link->group);
	mnl_attr_put(request, IFLA_ADDRESS, sizeof(link->mac), link->mac);
	put_veth(request, link, mtu, outside);
	return netlink_ask(here, request, NULL, NULL);
}

/*
 * IPv6 must not generate an address of its own: it would announce it, and the packets would mix
 * with those that are traced.
 */
static int without_own_address(struct mnl_socket *socket, int index)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nlattr *families, *ipv6;
	int err;

	begin_link_request(request, 0, index);
	families = mnl_attr_nest_start(request, IFLA_AF_SPEC);
	ipv6 = mnl_attr_nest_start(request, AF_INET6);
	mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(request, ipv6);
	mnl_attr_nest_end(request, families);
	err = netlink_ask(socket, request, NULL, NULL);
	return err == -EAFNOSUPPORT || err == -EOPNOTSUPP ? 0 : err;
}

static int bring_up(struct mnl_socket *socket, int index)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = begin_link_request(request, 0, index);

	info->ifi_flags = IFF_UP | IFF_NOARP;
	info->ifi_change = IFF_UP | IFF_NOARP;
	return netlink_ask(socket, request, NULL, NULL);
}

static int make_links(const struct network *network, int outside, struct mnl_socket *here,
		      struct mnl_socket *there)
{
	int err = 0;

	for (size_t i = 0; !err && i < network->nlinks; i++) {
		const struct net_link *link = &network->links[i];

		if (link->loopback)
			continue;
		err = make_link(here, link,
				network->own_mtu && link->mtu < MTU_MAX ? link->mtu : MTU_MAX,
				outside);
		if (!err)
			err = without_own_address(here, link->index);
		if (!err)
			err = without_own_address(there, link->index);
		if (!err)
			err = bring_up(there, link->index);
	}
	return err;
}

static int start_links(const struct network *network, struct mnl_socket *here)
{
	int err = 0;

	for (size_t i = 0; !err && i < network->nlinks; i++)
		if (network->links[i].up)
			err = bring_up(here, network->links[i].index);
	return err;
}

/*
 * Requests that the kernel refuses are left out; most are for something that is there already. A
 * packet that therefore takes no route in the shadow, or another one, only leaves its rule unknown.
 */
static void ask_for(struct mnl_socket *here, const struct netlink_batch *batch)
{
	struct nlmsghdr *request = NULL;

	while ((request = netlink_batch_next(batch, request)))
		netlink_ask(here, request, NULL, NULL);
}

/* --- waiting, for a limited time, for what the kernel completes in the background --- */

/* IPv6 addresses on links that are up, less those that have their local route. */
struct pending_addresses {
	const struct network *network;
	int missing;
};

static int count_idle(const struct nlmsghdr *message, void *arg)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *found[IFLA_MAX + 1];

	netlink_attributes(message, sizeof(*info), found, IFLA_MAX + 1);
	if (info->ifi_flags & IFF_UP && found[IFLA_CARRIER] &&
	    mnl_attr_get_u8(found[IFLA_CARRIER]) && found[IFLA_OPERSTATE] &&
	    mnl_attr_get_u8(found[IFLA_OPERSTATE]) != IF_OPER_UP)
		++*(u32 *)arg;
	return MNL_CB_OK;
}

/*
 * The end of a veth that was up first notices a moment later, in a worker of the kernel, that the
 * other end is up; until then it sends into nothing. The operational state tells, for the worker
 * sets it last.
 */
static int network_wait_links(struct mnl_socket *socket)
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

static int count_address(const struct nlmsghdr *message, void *arg)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(message);
	struct pending_addresses *addresses = arg;
	const struct net_link *link = network_link(addresses->network, address->ifa_index);

	addresses->missing += address->ifa_family == AF_INET6 && link && link->up;
	return MNL_CB_OK;
}

static int count_local(const struct nlmsghdr *message, void *arg)
{
	struct pending_addresses *addresses = arg;

	addresses->missing -=
		((const struct rtmsg *)mnl_nlmsg_get_payload(message))->rtm_type == RTN_LOCAL;
	return MNL_CB_OK;
}

static int count_missing(struct mnl_socket *socket, struct pending_addresses *addresses)
{
	int err;

	addresses->missing = 0;
	err = netlink_dump(socket, RTM_GETADDR, AF_INET6, count_address, addresses);
	if (!err)
		err = netlink_dump(socket, RTM_GETROUTE, AF_INET6, count_local, addresses);
	return err;
}

/* IPv6 addresses become local in a worker, too, even without duplicate address detection. */
static int network_wait_addresses(const struct network *network, struct mnl_socket *socket)
{
	struct pending_addresses addresses = {.network = network, .missing = 1};
	int err = 0;

	for (int i = 0; !err && addresses.missing > 0 && i < WAIT_MS; i++) {
		err = count_missing(socket, &addresses);
		if (addresses.missing > 0)
			usleep(1000);
	}
	return err;
}

int network_make(const struct network *network, int outside, struct mnl_socket *there)
{
	struct mnl_socket *here;
	int err = netlink_open(&here, NETLINK_ROUTE);

	if (err)
		return err;
	err = make_links(network, outside, here, there);
	if (!err)
		err = sysctls_write(network);
	if (!err)
		err = start_links(network, here);
	if (!err)
		err = network_wait_links(there);
	if (!err) {
		ask_for(here, &network->addresses);
		ask_for(here, &network->routes);
		/* again: routes through a gateway need the route to that gateway */
		ask_for(here, &network->routes);
		ask_for(here, &network->rules);
		err = network_wait_addresses(network, here);
	}
	netlink_close(here);
	return err;
}
