/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "clsact.h"

#define OUR_HANDLE 0x7032
#define OUR_PRIORITY 0x7032
#define DUMP_BYTES 32768 /* no part of a dump is longer */

#define HOOK(name, ifindex_, point) LIBBPF_OPTS(bpf_tc_hook, name, .ifindex = ifindex_, .attach_point = point)
#define FILTER(name, ...) LIBBPF_OPTS(bpf_tc_opts, name, .handle = OUR_HANDLE, .priority = OUR_PRIORITY, ##__VA_ARGS__)

static enum bpf_tc_attach_point point_of(bool egress)
{
	return egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
}

/* Programs of ours begin with tc_ (bpf/p2pscope.bpf.c); the handle alone could be anybody's. */
static bool program_is_ours(u_int32_t id)
{
	struct bpf_prog_info info = {0};
	u_int32_t size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);
	bool ours;

	if (fd < 0)
		return false;
	ours = !bpf_obj_get_info_by_fd(fd, &info, &size) && !strncmp(info.name, "tc_", 3);
	close(fd);
	return ours;
}

static bool ours_is_there(int ifindex, bool egress)
{
	HOOK(hook, ifindex, point_of(egress));
	FILTER(filter);

	return !bpf_tc_query(&hook, &filter) && program_is_ours(filter.prog_id);
}

int clsact_attach(int ifindex, bool egress, int program, bool *made)
{
	HOOK(hook, ifindex, point_of(egress));
	FILTER(filter, .prog_fd = program);
	int err = bpf_tc_hook_create(&hook);

	if (err && err != -EEXIST)
		return err;
	if (!err)
		*made = true;
	return bpf_tc_attach(&hook, &filter);
}

void clsact_detach(int ifindex, bool egress)
{
	HOOK(hook, ifindex, point_of(egress));
	FILTER(filter);

	bpf_tc_detach(&hook, &filter);
}

static int count_filter(const struct nlmsghdr *header, void *arg)
{
	(void)header;
	++*(unsigned int *)arg;
	return MNL_CB_OK;
}

/* Gives how many filters are below one side of the qdisc, or -errno. */
static int count_filters(struct mnl_socket *socket, int ifindex, unsigned int parent, unsigned int *count)
{
	char buffer[DUMP_BYTES];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct tcmsg *message;
	ssize_t length;
	int more = MNL_CB_OK;

	header->nlmsg_type = RTM_GETTFILTER;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = parent;
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	message->tcm_ifindex = ifindex;
	message->tcm_parent = parent;
	if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (length < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)length, parent, mnl_socket_get_portid(socket), count_filter, count);
	}
	return more < 0 ? -errno : 0;
}

/* Unknown counts as "somebody else's": an empty qdisc left behind is better than a filter lost. */
static bool qdisc_is_empty(int ifindex)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	unsigned int count = 0;
	bool empty = false;

	if (!socket)
		return false;
	if (!mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) &&
	    !count_filters(socket, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), &count) &&
	    !count_filters(socket, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), &count))
		empty = count == 0;
	mnl_socket_close(socket);
	return empty;
}

void clsact_remove_qdisc(int ifindex)
{
	HOOK(hook, ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (qdisc_is_empty(ifindex))
		bpf_tc_hook_destroy(&hook);
}

void clsact_clean(int ifindex)
{
	bool found = false;

	for (int egress = 0; egress <= 1; egress++) {
		if (!ours_is_there(ifindex, egress))
			continue;
		clsact_detach(ifindex, egress);
		found = true;
	}
	if (found)
		clsact_remove_qdisc(ifindex);
}
