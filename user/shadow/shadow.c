/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shadow/shadow.h"
#include "shadow/trace_socket.h"
#include "util/netlink.h"

/*
 * The trace is switched on before every other rule, at the earliest hook of a packet, and only for
 * the kinds of packets that are sent in: none of the kernel's own messages.
 */
#define TRACED                                                 \
	"meta l4proto { icmp, tcp, udp } meta nftrace set 1\n" \
	"icmpv6 type { destination-unreachable, packet-too-big } meta nftrace set 1\n"
#define FIRST "priority -2000000000"

int shadow_enter(void)
{
	if (!unshare(CLONE_NEWNET))
		return 0;
	if (errno == EPERM && !unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 0;
	return errno == ENOSPC || errno == EUSERS ? -EPERM : -errno;
}

/* The outside namespace lives on in its sockets and interfaces. */
static int open_outside(struct shadow *shadow, struct mnl_socket **there, int *outside)
{
	int err = shadow_enter();

	if (err)
		return err;
	shadow->frames =
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	if (shadow->frames < 0)
		return -errno;
	*outside = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (*outside < 0)
		return -errno;
	return netlink_open(there, NETLINK_ROUTE);
}

static int make_network(struct shadow *shadow)
{
	struct mnl_socket *there = NULL;
	int outside = -1;
	int err = open_outside(shadow, &there, &outside);

	if (!err && unshare(CLONE_NEWNET))
		err = -errno;
	if (!err)
		err = network_make(shadow->network, outside, there);
	netlink_close(there);
	if (outside >= 0)
		close(outside);
	return err;
}

/*
 * Names of interfaces are quoted, for they may hold nearly any character; nft has no way to write
 * one with a quote in it.
 */
static void print_ingress(FILE *out, const struct network *network)
{
	const char *between = "";

	fprintf(out, "table netdev p2pscope_trace {\n chain early { type filter hook ingress "
		     "devices = { ");
	for (size_t i = 0; i < network->nlinks; i++)
		if (!network->links[i].loopback && !strchr(network->links[i].name, '"')) {
			fprintf(out, "%s\"%s\"", between, network->links[i].name);
			between = ", ";
		}
	fprintf(out, " } " FIRST "; policy accept;\n" TRACED " }\n}\n");
}

/*
 * Without this table, as on kernels that lack the hook or without interfaces, chains at the ingress
 * hook are not traced.
 */
static void trace_ingress(const struct network *network)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	print_ingress(out, network);
	fclose(out);
	ruleset_load(text);
	free(text);
}

static int trace_all(const struct network *network)
{
	int err = ruleset_load("table inet p2pscope_trace {\n"
			       " chain early { type filter hook prerouting " FIRST
			       "; policy accept;\n" TRACED " }\n"
			       " chain own { type filter hook output " FIRST "; policy accept;\n"
			       "  meta l4proto { tcp, udp } meta nftrace set 1\n }\n}\n");

	if (!err)
		trace_ingress(network);
	return err;
}

int shadow_set_mark(struct shadow *shadow, u32 mark)
{
	char text[512];
	int err;

	if (mark == shadow->mark)
		return 0;
	snprintf(text, sizeof(text),
		 "flush chain inet p2pscope_trace early\n"
		 "table inet p2pscope_trace {\n chain early {\n" TRACED
		 " meta mark set %u\n }\n}\n",
		 mark);
	err = ruleset_load(text);
	if (!err)
		shadow->mark = mark;
	return err;
}

/*
 * Opens a socket for whole packets, headers included. Without it the gateway's own packets of that
 * family cannot be sent.
 */
static int open_own(int family, int level, int option)
{
	const int on = 1;
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);

	if (fd >= 0 && setsockopt(fd, level, option, &on, sizeof(on))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_shadow_sockets(struct shadow *shadow)
{
	int err = trace_open(&shadow->trace);

	if (!err)
		err = netlink_open(&shadow->conntrack, NETLINK_NETFILTER);
	shadow->own[0] = open_own(AF_INET, IPPROTO_IP, IP_HDRINCL);
	shadow->own[1] = open_own(AF_INET6, IPPROTO_IPV6, IPV6_HDRINCL);
	return err;
}

int shadow_build(struct shadow *shadow, const struct network *network)
{
	*shadow = (struct shadow){.network = network, .frames = -1, .own = {-1, -1}};
	return make_network(shadow);
}

int shadow_watch(struct shadow *shadow)
{
	int err = trace_all(shadow->network);

	if (!err)
		err = ruleset_read(&shadow->ruleset);
	return err ? err : open_shadow_sockets(shadow);
}

static void close_socket(int fd)
{
	if (fd >= 0)
		close(fd);
}

void shadow_free(struct shadow *shadow)
{
	ruleset_free(&shadow->ruleset);
	netlink_close(shadow->trace);
	netlink_close(shadow->conntrack);
	close_socket(shadow->frames);
	close_socket(shadow->own[0]);
	close_socket(shadow->own[1]);
}
