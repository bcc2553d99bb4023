/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include "shadow/trace_socket.h"
#include "util/netlink.h"

struct trace_receiver {
	void (*fn)(void *arg, const struct nftnl_trace *message);
	void *arg;
};

int trace_open(struct mnl_socket **out)
{
	int group = NFNLGRP_NFTRACE;
	int err = netlink_open(out, NETLINK_NETFILTER);

	if (!err && mnl_socket_setsockopt(*out, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		err = -errno;
	return err;
}

static int receive_trace(const struct nlmsghdr *header, void *arg)
{
	const struct trace_receiver *receiver = arg;
	struct nftnl_trace *message = nftnl_trace_alloc();

	if (!message)
		return MNL_CB_ERROR;
	if (!nftnl_trace_nlmsg_parse(header, message))
		receiver->fn(receiver->arg, message);
	nftnl_trace_free(message);
	return MNL_CB_OK;
}

int trace_receive(struct mnl_socket *socket,
		  void (*fn)(void *arg, const struct nftnl_trace *message), void *arg)
{
	struct trace_receiver receiver = {.fn = fn, .arg = arg};
	int fd = mnl_socket_get_fd(socket);
	char buffer[NETLINK_BYTES];
	ssize_t length;

	while ((length = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		if (mnl_cb_run(buffer, (size_t)length, 0, 0, receive_trace, &receiver) < 0)
			return -errno;
	return errno == EAGAIN ? 0 : -errno;
}
