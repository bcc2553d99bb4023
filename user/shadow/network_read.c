/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "shadow/network.h"
#include "util/netlink.h"

#define LINKS_MAX 512

/*
 * Attributes that say what an address, a route or a rule is. The others are the kernel's own
 * account of it: counters, ages, states, offload.
 */
#define ADDRESS_KEPT \
	(KEPT(IFA_ADDRESS) | KEPT(IFA_LOCAL) | KEPT(IFA_BROADCAST) | KEPT(IFA_RT_PRIORITY))
#define ROUTE_KEPT                                                                                \
	(KEPT(RTA_DST) | KEPT(RTA_SRC) | KEPT(RTA_OIF) | KEPT(RTA_GATEWAY) | KEPT(RTA_PRIORITY) | \
	 KEPT(RTA_PREFSRC) | KEPT(RTA_METRICS) | KEPT(RTA_MULTIPATH) | KEPT(RTA_FLOW) |           \
	 KEPT(RTA_TABLE) | KEPT(RTA_VIA) | KEPT(RTA_PREF))
#define RULE_KEPT                                                                                 \
	(KEPT(FRA_DST) | KEPT(FRA_SRC) | KEPT(FRA_IIFNAME) | KEPT(FRA_OIFNAME) | KEPT(FRA_GOTO) | \
	 KEPT(FRA_PRIORITY) | KEPT(FRA_FWMARK) | KEPT(FRA_FWMASK) | KEPT(FRA_FLOW) |              \
	 KEPT(FRA_TABLE) | KEPT(FRA_SUPPRESS_PREFIXLEN) | KEPT(FRA_SUPPRESS_IFGROUP) |            \
	 KEPT(FRA_UID_RANGE) | KEPT(FRA_IP_PROTO) | KEPT(FRA_SPORT_RANGE) | KEPT(FRA_DPORT_RANGE))

/* Nothing is changed that is there already. */
static struct nlmsghdr *repeat(struct requests *requests, const struct nlmsghdr *told, size_t head,
			       u64 kept)
{
	struct nlmsghdr *request = requests_repeat(requests, told, head, kept);

	if (request)
		request->nlmsg_flags |= NLM_F_ACK | NLM_F_EXCL;
	return request;
}

/* Tunnels have no address of the link layer, and some that wait for a port have zeros. */
static void read_mac(struct link *link, const struct nlattr *address)
{
	static const u8 none[sizeof(link->mac)], made_up[sizeof(link->mac)] = {2, 0, 0, 0, 0, 2};
	bool known = address && mnl_attr_get_payload_len(address) == sizeof(link->mac) &&
		     memcmp(mnl_attr_get_payload(address), none, sizeof(link->mac)) != 0;

	memcpy(link->mac, known ? mnl_attr_get_payload(address) : made_up, sizeof(link->mac));
}

static void read_link(struct link *link, const struct nlmsghdr *told)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(told);
	const struct nlattr *found[IFLA_MAX + 1];

	netlink_attributes(told, sizeof(*info), found, IFLA_MAX + 1);
	*link = (struct link){.index = info->ifi_index,
			      .loopback = !!(info->ifi_flags & IFF_LOOPBACK)};
	link->up = !!(info->ifi_flags & IFF_UP);
	if (found[IFLA_IFNAME])
		strncpy(link->name, mnl_attr_get_str(found[IFLA_IFNAME]), sizeof(link->name) - 1);
	read_mac(link, found[IFLA_ADDRESS]);
	if (found[IFLA_GROUP])
		link->group = mnl_attr_get_u32(found[IFLA_GROUP]);
	if (found[IFLA_MTU])
		link->mtu = mnl_attr_get_u32(found[IFLA_MTU]);
}

static int take_link(const struct nlmsghdr *told, void *arg)
{
	struct network *network = arg;
	struct link *links;

	if (network->nlinks == LINKS_MAX) {
		errno = E2BIG;
		return MNL_CB_ERROR;
	}
	links = realloc(network->links, (network->nlinks + 1) * sizeof(*links));
	if (!links)
		return MNL_CB_ERROR;
	network->links = links;
	read_link(&links[network->nlinks++], told);
	return MNL_CB_OK;
}

/* Nobody else is there to have the same address: it can be used at once. */
static int take_address(const struct nlmsghdr *told, void *arg)
{
	struct requests *requests = &((struct network *)arg)->addresses;
	struct nlmsghdr *request = repeat(requests, told, sizeof(struct ifaddrmsg), ADDRESS_KEPT);
	const struct nlattr *found[IFA_MAX + 1];
	u32 flags = IFA_F_NODAD;

	if (!request)
		return MNL_CB_ERROR;
	netlink_attributes(told, sizeof(struct ifaddrmsg), found, IFA_MAX + 1);
	if (found[IFA_FLAGS])
		flags |= mnl_attr_get_u32(found[IFA_FLAGS]) & IFA_F_NOPREFIXROUTE;
	((struct ifaddrmsg *)mnl_nlmsg_get_payload(request))->ifa_flags = IFA_F_NODAD;
	mnl_attr_put_u32(request, IFA_FLAGS, flags);
	requests_finish(requests, request);
	return MNL_CB_OK;
}

/* Routes to the machine's own addresses come with these, and clones with the first packet. */
static bool is_configured(const struct rtmsg *route)
{
	bool of_a_kind = route->rtm_type == RTN_UNICAST || route->rtm_type == RTN_BLACKHOLE ||
			 route->rtm_type == RTN_UNREACHABLE || route->rtm_type == RTN_PROHIBIT ||
			 route->rtm_type == RTN_THROW;

	return of_a_kind && route->rtm_table != RT_TABLE_LOCAL &&
	       !(route->rtm_flags & RTM_F_CLONED);
}

static int take_route(const struct nlmsghdr *told, void *arg)
{
	struct requests *requests = &((struct network *)arg)->routes;
	struct nlmsghdr *request;

	if (!is_configured(mnl_nlmsg_get_payload(told)))
		return MNL_CB_OK;
	request = repeat(requests, told, sizeof(struct rtmsg), ROUTE_KEPT);
	if (!request)
		return MNL_CB_ERROR;
	((struct rtmsg *)mnl_nlmsg_get_payload(request))->rtm_flags &= RTNH_F_ONLINK;
	requests_finish(requests, request);
	return MNL_CB_OK;
}

static int take_rule(const struct nlmsghdr *told, void *arg)
{
	struct requests *requests = &((struct network *)arg)->rules;
	struct nlmsghdr *request = repeat(requests, told, sizeof(struct fib_rule_hdr), RULE_KEPT);

	if (!request)
		return MNL_CB_ERROR;
	((struct fib_rule_hdr *)mnl_nlmsg_get_payload(request))->flags &= FIB_RULE_INVERT;
	requests_finish(requests, request);
	return MNL_CB_OK;
}

/* A kernel need not have IPv6, nor policy rules. */
static int read_lists(struct mnl_socket *socket, struct network *network)
{
	int err = netlink_dump(socket, RTM_GETLINK, AF_UNSPEC, take_link, network);

	if (!err)
		err = netlink_dump(socket, RTM_GETADDR, AF_UNSPEC, take_address, network);
	for (int i = 0; !err && i < 2; i++) {
		u8 family = i ? AF_INET6 : AF_INET;

		err = netlink_dump(socket, RTM_GETROUTE, family, take_route, network);
		if (!err)
			err = netlink_dump(socket, RTM_GETRULE, family, take_rule, network);
		if (err == -EOPNOTSUPP || err == -EAFNOSUPPORT)
			err = 0;
	}
	return err;
}

int network_read(struct network *network)
{
	struct mnl_socket *socket;
	int err = netlink_open(&socket, NETLINK_ROUTE);

	*network = (struct network){0};
	if (err)
		return err;
	err = read_lists(socket, network);
	netlink_close(socket);
	if (!err)
		err = settings_read(network);
	if (err)
		network_free(network);
	return err;
}

void network_free(struct network *network)
{
	free(network->links);
	requests_free(&network->addresses);
	requests_free(&network->routes);
	requests_free(&network->rules);
	free(network->settings);
	*network = (struct network){0};
}

const struct link *network_link(const struct network *network, u32 index)
{
	for (size_t i = 0; i < network->nlinks; i++)
		if ((u32)network->links[i].index == index)
			return &network->links[i];
	return NULL;
}
