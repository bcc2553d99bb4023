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
 * The attributes that define an address, a route or a rule. The others are the kernel's own state:
 * counters, ages, offload.
 */
#define ADDRESS_KEPT                                                             \
	(ATTR_BIT(IFA_ADDRESS) | ATTR_BIT(IFA_LOCAL) | ATTR_BIT(IFA_BROADCAST) | \
	 ATTR_BIT(IFA_RT_PRIORITY))
#define ROUTE_KEPT                                                                                \
	(ATTR_BIT(RTA_DST) | ATTR_BIT(RTA_SRC) | ATTR_BIT(RTA_OIF) | ATTR_BIT(RTA_GATEWAY) |      \
	 ATTR_BIT(RTA_PRIORITY) | ATTR_BIT(RTA_PREFSRC) | ATTR_BIT(RTA_METRICS) |                 \
	 ATTR_BIT(RTA_MULTIPATH) | ATTR_BIT(RTA_FLOW) | ATTR_BIT(RTA_TABLE) | ATTR_BIT(RTA_VIA) | \
	 ATTR_BIT(RTA_PREF))
#define RULE_KEPT                                                                                \
	(ATTR_BIT(FRA_DST) | ATTR_BIT(FRA_SRC) | ATTR_BIT(FRA_IIFNAME) | ATTR_BIT(FRA_OIFNAME) | \
	 ATTR_BIT(FRA_GOTO) | ATTR_BIT(FRA_PRIORITY) | ATTR_BIT(FRA_FWMARK) |                    \
	 ATTR_BIT(FRA_FWMASK) | ATTR_BIT(FRA_FLOW) | ATTR_BIT(FRA_TABLE) |                       \
	 ATTR_BIT(FRA_SUPPRESS_PREFIXLEN) | ATTR_BIT(FRA_SUPPRESS_IFGROUP) |                     \
	 ATTR_BIT(FRA_UID_RANGE) | ATTR_BIT(FRA_IP_PROTO) | ATTR_BIT(FRA_SPORT_RANGE) |          \
	 ATTR_BIT(FRA_DPORT_RANGE))

/* Begins a request that does not change what is there already. */
static struct nlmsghdr *begin_copy(struct netlink_batch *batch, const struct nlmsghdr *message,
				   size_t head, u64 kept)
{
	struct nlmsghdr *request = netlink_batch_begin(batch, message, head, kept);

	if (request)
		request->nlmsg_flags |= NLM_F_ACK | NLM_F_EXCL;
	return request;
}

/* Tunnels have no MAC address, and some ports have zeros until they are configured. */
static void read_mac(struct net_link *link, const struct nlattr *address)
{
	static const u8 none[sizeof(link->mac)], made_up[sizeof(link->mac)] = {2, 0, 0, 0, 0, 2};
	bool known = address && mnl_attr_get_payload_len(address) == sizeof(link->mac) &&
		     memcmp(mnl_attr_get_payload(address), none, sizeof(link->mac)) != 0;

	memcpy(link->mac, known ? mnl_attr_get_payload(address) : made_up, sizeof(link->mac));
}

static void read_link(struct net_link *link, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *found[IFLA_MAX + 1];

	netlink_attributes(message, sizeof(*info), found, IFLA_MAX + 1);
	*link = (struct net_link){.index = info->ifi_index,
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

static int take_link(const struct nlmsghdr *message, void *arg)
{
	struct network *network = arg;
	struct net_link *links;

	if (network->nlinks == LINKS_MAX) {
		errno = E2BIG;
		return MNL_CB_ERROR;
	}
	links = realloc(network->links, (network->nlinks + 1) * sizeof(*links));
	if (!links)
		return MNL_CB_ERROR;
	network->links = links;
	read_link(&links[network->nlinks++], message);
	return MNL_CB_OK;
}

/* Nobody else in the shadow can have the address, so duplicate detection is skipped. */
static int take_address(const struct nlmsghdr *message, void *arg)
{
	struct netlink_batch *batch = &((struct network *)arg)->addresses;
	struct nlmsghdr *request =
		begin_copy(batch, message, sizeof(struct ifaddrmsg), ADDRESS_KEPT);
	const struct nlattr *found[IFA_MAX + 1];
	u32 flags = IFA_F_NODAD;

	if (!request)
		return MNL_CB_ERROR;
	netlink_attributes(message, sizeof(struct ifaddrmsg), found, IFA_MAX + 1);
	if (found[IFA_FLAGS])
		flags |= mnl_attr_get_u32(found[IFA_FLAGS]) & IFA_F_NOPREFIXROUTE;
	((struct ifaddrmsg *)mnl_nlmsg_get_payload(request))->ifa_flags = IFA_F_NODAD;
	mnl_attr_put_u32(request, IFA_FLAGS, flags);
	netlink_batch_end(batch, request);
	return MNL_CB_OK;
}

/* Local routes come with the addresses, and cloned ones with the first packet. */
static bool is_configured(const struct rtmsg *route)
{
	bool of_a_kind = route->rtm_type == RTN_UNICAST || route->rtm_type == RTN_BLACKHOLE ||
			 route->rtm_type == RTN_UNREACHABLE || route->rtm_type == RTN_PROHIBIT ||
			 route->rtm_type == RTN_THROW;

	return of_a_kind && route->rtm_table != RT_TABLE_LOCAL &&
	       !(route->rtm_flags & RTM_F_CLONED);
}

static int take_route(const struct nlmsghdr *message, void *arg)
{
	struct netlink_batch *batch = &((struct network *)arg)->routes;
	struct nlmsghdr *request;

	if (!is_configured(mnl_nlmsg_get_payload(message)))
		return MNL_CB_OK;
	request = begin_copy(batch, message, sizeof(struct rtmsg), ROUTE_KEPT);
	if (!request)
		return MNL_CB_ERROR;
	((struct rtmsg *)mnl_nlmsg_get_payload(request))->rtm_flags &= RTNH_F_ONLINK;
	netlink_batch_end(batch, request);
	return MNL_CB_OK;
}

static int take_policy_rule(const struct nlmsghdr *message, void *arg)
{
	struct netlink_batch *batch = &((struct network *)arg)->rules;
	struct nlmsghdr *request =
		begin_copy(batch, message, sizeof(struct fib_rule_hdr), RULE_KEPT);

	if (!request)
		return MNL_CB_ERROR;
	((struct fib_rule_hdr *)mnl_nlmsg_get_payload(request))->flags &= FIB_RULE_INVERT;
	netlink_batch_end(batch, request);
	return MNL_CB_OK;
}

/* The kernel may lack IPv6 or policy rules. */
static int read_lists(struct mnl_socket *socket, struct network *network)
{
	int err = netlink_dump(socket, RTM_GETLINK, AF_UNSPEC, take_link, network);

	if (!err)
		err = netlink_dump(socket, RTM_GETADDR, AF_UNSPEC, take_address, network);
	for (int i = 0; !err && i < 2; i++) {
		u8 family = i ? AF_INET6 : AF_INET;

		err = netlink_dump(socket, RTM_GETROUTE, family, take_route, network);
		if (!err)
			err = netlink_dump(socket, RTM_GETRULE, family, take_policy_rule, network);
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
		err = sysctls_read(network);
	if (err)
		network_free(network);
	return err;
}

void network_free(struct network *network)
{
	free(network->links);
	netlink_batch_free(&network->addresses);
	netlink_batch_free(&network->routes);
	netlink_batch_free(&network->rules);
	free(network->sysctls);
	*network = (struct network){0};
}

const struct net_link *network_link(const struct network *network, u32 index)
{
	for (size_t i = 0; i < network->nlinks; i++)
		if ((u32)network->links[i].index == index)
			return &network->links[i];
	return NULL;
}
