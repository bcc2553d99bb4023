/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "util/interfaces.h"
#include "util/netlink.h"

struct interface_list {
	struct interface *items;
	size_t count;
};

static struct interface *interface_find(const struct interface_list *list, int index)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].index == index)
			return &list->items[i];
	return NULL;
}

static bool is_vlan(const struct nlattr *linkinfo)
{
	const struct nlattr *found[IFLA_INFO_MAX + 1];

	netlink_nested(linkinfo, found, IFLA_INFO_MAX + 1);
	return found[IFLA_INFO_KIND] && !strcmp(mnl_attr_get_str(found[IFLA_INFO_KIND]), "vlan");
}

static void read_link_attributes(struct interface *item, const struct nlmsghdr *header)
{
	const struct nlattr *found[IFLA_MAX + 1];

	netlink_attributes(header, sizeof(struct ifinfomsg), found, IFLA_MAX + 1);
	if (found[IFLA_IFNAME])
		strncpy(item->name, mnl_attr_get_str(found[IFLA_IFNAME]), sizeof(item->name) - 1);
	if (found[IFLA_LINK] && found[IFLA_LINKINFO] && is_vlan(found[IFLA_LINKINFO]))
		item->vlan_of = (int)mnl_attr_get_u32(found[IFLA_LINK]);
	item->pci = found[IFLA_PARENT_DEV_BUS_NAME] &&
		    !strcmp(mnl_attr_get_str(found[IFLA_PARENT_DEV_BUS_NAME]), "pci");
}

static int on_link(const struct nlmsghdr *header, void *arg)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
	struct interface_list *list = arg;
	struct interface *items = realloc(list->items, (list->count + 1) * sizeof(*items));

	if (!items)
		return MNL_CB_ERROR;
	list->items = items;
	items += list->count++;
	*items = (struct interface){.index = info->ifi_index};
	items->loopback = info->ifi_type == ARPHRD_LOOPBACK;
	items->l3 = info->ifi_type != ARPHRD_ETHER && !items->loopback;
	read_link_attributes(items, header);
	return MNL_CB_OK;
}

static void interface_add_address(struct interface *item, const struct nlattr *attr)
{
	if (item->naddresses < INTERFACE_ADDRESSES &&
	    netlink_addr(attr, &item->addresses[item->naddresses]))
		item->naddresses++;
}

/*
 * On point-to-point links IFA_LOCAL is the interface's own address and IFA_ADDRESS that of the
 * other end. IPv6 without a peer only has IFA_ADDRESS.
 */
static int on_address(const struct nlmsghdr *header, void *arg)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(header);
	struct interface_list *list = arg;
	struct interface *item = interface_find(list, (int)info->ifa_index);
	const struct nlattr *found[IFA_MAX + 1];

	if (!item || info->ifa_scope >= RT_SCOPE_LINK)
		return MNL_CB_OK;
	netlink_attributes(header, sizeof(*info), found, IFA_MAX + 1);
	if (found[IFA_LOCAL])
		interface_add_address(item, found[IFA_LOCAL]);
	else if (found[IFA_ADDRESS])
		interface_add_address(item, found[IFA_ADDRESS]);
	return MNL_CB_OK;
}

static void mark_default(struct interface_list *list, int index)
{
	struct interface *item = interface_find(list, index);

	if (item && !item->loopback)
		item->default_route = true;
}

static void mark_multipath(struct interface_list *list, const struct nlattr *attr)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attr);
	int left = mnl_attr_get_payload_len(attr);

	for (; RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
		mark_default(list, hop->rtnh_ifindex);
}

static int on_route(const struct nlmsghdr *header, void *arg)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(header);
	const struct nlattr *found[RTA_MAX + 1];

	if (route->rtm_dst_len || route->rtm_type != RTN_UNICAST)
		return MNL_CB_OK;
	netlink_attributes(header, sizeof(*route), found, RTA_MAX + 1);
	if (found[RTA_OIF])
		mark_default(arg, (int)mnl_attr_get_u32(found[RTA_OIF]));
	if (found[RTA_MULTIPATH])
		mark_multipath(arg, found[RTA_MULTIPATH]);
	return MNL_CB_OK;
}

static int interfaces_dump(struct mnl_socket *socket, struct interface_list *list)
{
	int err = netlink_dump(socket, RTM_GETLINK, AF_UNSPEC, on_link, list);

	if (!err)
		err = netlink_dump(socket, RTM_GETADDR, AF_UNSPEC, on_address, list);
	if (!err)
		err = netlink_dump(socket, RTM_GETROUTE, AF_INET, on_route, list);
	/* A kernel without IPv6 has no such table: an error is ignored. */
	if (!err)
		netlink_dump(socket, RTM_GETROUTE, AF_INET6, on_route, list);
	return err;
}

int interfaces_read(struct interface **out, size_t *count)
{
	struct mnl_socket *socket;
	struct interface_list list = {0};
	int err = netlink_open(&socket, NETLINK_ROUTE);

	if (err)
		return err;
	err = interfaces_dump(socket, &list);
	netlink_close(socket);
	if (err) {
		free(list.items);
		return err;
	}
	*out = list.items;
	*count = list.count;
	return 0;
}

int interfaces_watch(void)
{
	struct sockaddr_nl local = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&local, sizeof(local))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/* On routers with a full table routes change all the time; only default routes matter. */
static int message_matters(const struct nlmsghdr *header, void *arg)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(header);
	bool is_route = header->nlmsg_type == RTM_NEWROUTE || header->nlmsg_type == RTM_DELROUTE;

	if (!is_route || !route->rtm_dst_len)
		*(bool *)arg = true;
	return MNL_CB_OK;
}

/*
 * The contents of messages are not used, as all interfaces are read again after a change. So lost
 * messages (ENOBUFS) only mean that something changed.
 */
bool interfaces_drain(int fd)
{
	char buffer[8192];
	bool matters = false;

	for (int i = 0; i < 1024; i++) {
		ssize_t length = recv(fd, buffer, sizeof(buffer), 0);

		if (length < 0 && errno == ENOBUFS)
			matters = true;
		else if (length < 0 && errno != EINTR)
			break;
		else if (length > 0)
			mnl_cb_run(buffer, (size_t)length, 0, 0, message_matters, &matters);
	}
	return matters;
}
