/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "util/netlink.h"
#include "p2pscope/ip.h"

#define WAIT_SECONDS 5

int netlink_open(struct mnl_socket **out, int family)
{
	const struct timeval wait = {.tv_sec = WAIT_SECONDS};
	struct mnl_socket *socket = mnl_socket_open2(family, SOCK_CLOEXEC);

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) ||
	    setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait))) {
		int err = -errno;

		mnl_socket_close(socket);
		return err;
	}
	*out = socket;
	return 0;
}

void netlink_close(struct mnl_socket *socket)
{
	if (socket)
		mnl_socket_close(socket);
}

/* Sequence numbers distinguish the answers from late ones to a request that was given up. */
int netlink_ask(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t fn, void *arg)
{
	static unsigned int number;
	char buffer[NETLINK_BYTES];
	int more = MNL_CB_OK;

	request->nlmsg_seq = ++number;
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (length < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)length, number, mnl_socket_get_portid(socket), fn,
				  arg);
		if (more < 0 && errno == EPROTO)
			more = MNL_CB_OK;
	}
	return more < 0 ? -errno : 0;
}

int netlink_dump(struct mnl_socket *socket, u16 type, u8 family, mnl_cb_t fn, void *arg)
{
	char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct ifinfomsg))];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *head; /* the headers of all dump requests begin with the family */

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	head = mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
	head->rtgen_family = family;
	return netlink_ask(socket, request, fn, arg);
}

struct nlmsghdr *netlink_filter_request(char *buffer, u8 subsystem, u8 message, u8 family,
					u16 flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *head;

	request->nlmsg_type = (u16)(subsystem << 8 | message);
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	return request;
}

static void sort_attributes(const struct nlattr *attr, const char *end, const struct nlattr **found,
			    size_t count)
{
	memset(found, 0, count * sizeof(*found));
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) < count)
			found[mnl_attr_get_type(attr)] = attr;
}

void netlink_attributes(const struct nlmsghdr *message, size_t head, const struct nlattr **found,
			size_t count)
{
	sort_attributes(mnl_nlmsg_get_payload_offset(message, head),
			mnl_nlmsg_get_payload_tail(message), found, count);
}

void netlink_nested(const struct nlattr *nest, const struct nlattr **found, size_t count)
{
	const char *payload = mnl_attr_get_payload(nest);

	sort_attributes((const struct nlattr *)payload, payload + mnl_attr_get_payload_len(nest),
			found, count);
}

void netlink_put_addr(struct nlmsghdr *request, u16 type, const struct addr *ip)
{
	if (addr_is_v4(ip))
		mnl_attr_put(request, type, 4, ip->b + 12);
	else
		mnl_attr_put(request, type, 16, ip->b);
}

bool netlink_addr(const struct nlattr *attr, struct addr *ip)
{
	size_t length = mnl_attr_get_payload_len(attr);

	if (length == 4)
		addr_from_v4(ip, mnl_attr_get_payload(attr));
	else if (length == 16)
		addr_from_v6(ip, mnl_attr_get_payload(attr));
	return length == 4 || length == 16;
}
