/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/rtnetlink.h>

#include "datapath/clsact.h"
#include "util/netlink.h"

#define OUR_HANDLE 0x7032
#define OUR_PRIORITY 0x7032

#define HOOK(name, ifindex_, point) \
	LIBBPF_OPTS(bpf_tc_hook, name, .ifindex = ifindex_, .attach_point = point)
#define FILTER(name, ...)                                                              \
	LIBBPF_OPTS(bpf_tc_opts, name, .handle = OUR_HANDLE, .priority = OUR_PRIORITY, \
		    ##__VA_ARGS__)

static enum bpf_tc_attach_point point_of(bool egress)
{
	return egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
}

/* The names of our programs begin with tc_ (bpf/p2pscope.bpf.c); others may use the same handle. */
static bool program_is_ours(u32 id)
{
	struct bpf_prog_info info = {0};
	u32 size = sizeof(info);
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

/* Adds the number of filters of one side of the qdisc to `count`. Returns 0 or -errno. */
static int count_filters(struct mnl_socket *socket, int ifindex, u32 parent, unsigned int *count)
{
	char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct tcmsg))];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct tcmsg *message;

	request->nlmsg_type = RTM_GETTFILTER;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message = mnl_nlmsg_put_extra_header(request, sizeof(*message));
	message->tcm_ifindex = ifindex;
	message->tcm_parent = parent;
	return netlink_ask(socket, request, count_filter, count);
}

/* On an error the qdisc counts as used: leaving an empty one is better than removing a filter. */
static bool qdisc_is_empty(int ifindex)
{
	struct mnl_socket *socket;
	unsigned int count = 0;
	bool empty;

	if (netlink_open(&socket, NETLINK_ROUTE))
		return false;
	empty = !count_filters(socket, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), &count) &&
		!count_filters(socket, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), &count) &&
		!count;
	netlink_close(socket);
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
