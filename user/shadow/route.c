/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "shadow/network.h"
#include "shadow/route.h"
#include "util/netlink.h"

#define REQUEST_BYTES 256

static int take_output_interface(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *found[RTA_MAX + 1];

	netlink_attributes(message, sizeof(struct rtmsg), found, RTA_MAX + 1);
	if (found[RTA_OIF])
		*(u32 *)arg = mnl_attr_get_u32(found[RTA_OIF]);
	return MNL_CB_OK;
}

static int query_route(const struct addr *src, const struct addr *dst, u32 came_in, u32 *out)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket;
	struct rtmsg *route;
	int err = netlink_open(&socket, NETLINK_ROUTE);

	if (err)
		return err;
	request->nlmsg_type = RTM_GETROUTE;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	route = mnl_nlmsg_put_extra_header(request, sizeof(*route));
	route->rtm_family = addr_is_v4(dst) ? AF_INET : AF_INET6;
	netlink_put_addr(request, RTA_DST, dst);
	if (came_in) {
		netlink_put_addr(request, RTA_SRC, src);
		mnl_attr_put_u32(request, RTA_IIF, came_in);
	}
	err = netlink_ask(socket, request, take_output_interface, out);
	netlink_close(socket);
	return err;
}

/*
 * Since Linux 6.13 any problem with the source is EINVAL; it is the reverse path when the route
 * back leaves by another interface.
 */
int route_find(const struct addr *src, const struct addr *dst, u32 came_in, u32 *out)
{
	u32 to = 0, back = 0;
	int err = query_route(src, dst, came_in, &to);

	if (err == -EINVAL && came_in && (query_route(NULL, src, 0, &back) || back != came_in))
		err = -EXDEV;
	if (!err && out)
		*out = to;
	return err;
}

/* IPv6 has one switch for all interfaces. */
bool route_forwards(u8 version, const char *interface)
{
	char path[sizeof(((struct sysctl_value *)0)->path)],
		value[sizeof(((struct sysctl_value *)0)->value)];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv%u/conf/%s/forwarding", version,
		 version == 4 ? interface : "all");
	return sysctl_read(path, value, sizeof(value)) || strcmp(value, "0") != 0;
}
