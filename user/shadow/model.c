/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "shadow/model.h"
#include "util/netlink.h"

#define REQUEST_BYTES 256
#define WAN_NUMBER 5 /* the number in 5.0.0.0/24 and 2001:db8:5::/64, which no LAN has */
#define LOOPBACK 1 /* lo's number in every namespace */

static const char *const forwarding[] = {"/proc/sys/net/ipv4/ip_forward",
					 "/proc/sys/net/ipv6/conf/all/forwarding"};

#define FORWARDING (sizeof(forwarding) / sizeof(forwarding[0]))

/* New namespaces inherit rp_filter from this machine, but it is no part of the ruleset. */
static const char *const filtering = "/proc/sys/net/ipv4/conf/%s/rp_filter";

static int add_request(struct netlink_batch *batch, const struct nlmsghdr *message, size_t head)
{
	struct nlmsghdr *request = netlink_batch_begin(batch, message, head, ~0ull);

	if (!request)
		return -ENOMEM;
	request->nlmsg_flags |= NLM_F_ACK | NLM_F_EXCL;
	netlink_batch_end(batch, request);
	return 0;
}

static int model_add_address(struct network *network, u32 link, const struct addr *ip)
{
	bool v4 = addr_is_v4(ip);
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	message->nlmsg_type = RTM_NEWADDR;
	*head = (struct ifaddrmsg){.ifa_family = v4 ? AF_INET : AF_INET6,
				   .ifa_prefixlen = v4 ? 24 : 64};
	head->ifa_flags = IFA_F_NODAD;
	head->ifa_index = link;
	netlink_put_addr(message, IFA_LOCAL, ip);
	netlink_put_addr(message, IFA_ADDRESS, ip);
	return add_request(&network->addresses, message, sizeof(*head));
}

/* Of several default routes the kernel takes the one with the lowest metric, the link's number. */
static int model_add_default_route(struct network *network, u32 link, u8 family)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	message->nlmsg_type = RTM_NEWROUTE;
	*head = (struct rtmsg){
		.rtm_family = family, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC};
	head->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(message, RTA_OIF, link);
	mnl_attr_put_u32(message, RTA_PRIORITY, link);
	return add_request(&network->routes, message, sizeof(*head));
}

static void model_add_sysctl(struct network *network, const char *format, const char *name,
			     const char *value)
{
	struct sysctl_value *sysctl = &network->sysctls[network->nsysctls++];

	snprintf(sysctl->path, sizeof(sysctl->path), format, name);
	snprintf(sysctl->value, sizeof(sysctl->value), "%s", value);
}

/* Returns the number of the new interface. */
static u32 model_add_link(struct network *network, const char *name)
{
	u32 number = (u32)network->nlinks + 1;
	struct net_link *link = &network->links[network->nlinks++];

	*link = (struct net_link){
		.index = (int)number, .up = 1, .loopback = number == LOOPBACK, .mtu = 1500};
	if (!link->loopback)
		memcpy(link->mac, (const u8[6]){0x02, 0, 0, 0, 0, (u8)number}, sizeof(link->mac));
	strncpy(link->name, name, sizeof(link->name) - 1);
	model_add_sysctl(network, filtering, link->name, "0");
	return number;
}

/* `number` counts from 0, also below. */
static int model_add_lan(struct network *network, u32 number, const char *name)
{
	u32 link = model_add_link(network, name);
	u8 n = (u8)(number + 1 + (number + 1 >= WAN_NUMBER));
	const struct addr v4 = {.b = {[10] = 0xff, 0xff, 192, 168, n, 1}};
	const struct addr v6 = {.b = {0x20, 0x01, 0x0d, 0xb8, 0, n, [15] = 1}};
	int err = model_add_address(network, link, &v4);

	return err ? err : model_add_address(network, link, &v6);
}

static int model_add_wan(struct network *network, u32 number, const char *name)
{
	u32 link = model_add_link(network, name);
	u8 n = (u8)number;
	const struct addr v4 = {.b = {[10] = 0xff, 0xff, 5, 0, n, 1}};
	const struct addr v6 = {.b = {0x20, 0x01, 0x0d, 0xb8, 0, WAN_NUMBER, 0, n, [15] = 1}};
	int err = model_add_address(network, link, &v4);

	if (!err)
		err = model_add_address(network, link, &v6);
	if (!err)
		err = model_add_default_route(network, link, AF_INET);
	return err ? err : model_add_default_route(network, link, AF_INET6);
}

/* An interface that is named twice is one. */
static bool is_new(const struct network *network, const char *name)
{
	for (size_t i = 0; i < network->nlinks; i++)
		if (!strcmp(network->links[i].name, name))
			return false;
	return true;
}

static int model_add_all(struct network *network, const struct options *options)
{
	u32 lans = 0, wans = 0;
	int err = 0;

	for (size_t i = 0; i < FORWARDING; i++)
		model_add_sysctl(network, "%s", forwarding[i], "1");
	model_add_sysctl(network, filtering, "all", "0");
	model_add_link(network, "lo");
	for (size_t i = 0; !err && i < options->lan.count; i++)
		if (is_new(network, options->lan.items[i]))
			err = model_add_lan(network, lans++, options->lan.items[i]);
	for (size_t i = 0; !err && i < options->wan.count; i++)
		if (is_new(network, options->wan.items[i]))
			err = model_add_wan(network, wans++, options->wan.items[i]);
	return err;
}

int model_make(struct network *network, const struct options *options)
{
	size_t links = 1 + options->lan.count + options->wan.count;
	int err = -ENOMEM;

	*network = (struct network){0};
	network->links = calloc(links, sizeof(*network->links));
	network->sysctls = calloc(FORWARDING + 1 + links, sizeof(*network->sysctls));
	if (network->links && network->sysctls)
		err = model_add_all(network, options);
	if (err)
		network_free(network);
	return err;
}
