/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A host, a gateway with NAT and a peer in three network namespaces of our own, without names: they
 * end with this process. It stays in the gateway's, and has sockets in the others.
 */
#ifndef P2PSCOPE_TESTS_GATEWAY_H
#define P2PSCOPE_TESTS_GATEWAY_H

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../unit/packet.h"

enum gateway_place { HOST, PEER, GATEWAY, PLACES };

#define HOST4 "192.168.7.2"
#define HOST6 "fd07::2"
#define PEER4 "5.7.0.2"
#define PEER6 "2001:db8:7::2"
#define OUTSIDE4 "5.7.0.1"
#define OUTSIDE6 "2001:db8:7::1"
#define FORWARDED 6000 /* the outside port that leads to the host */
#define UNTRACKED 6999 /* the peer's port */

struct gateway {
	int ns[PLACES];
	int lan, wan; /* interface indexes */
};

/* Returns false with errno set when it fails; a command that fails says why itself. */
static inline bool gateway_run(const struct gateway *g, enum gateway_place place,
			       const char *format, ...)
{
	char command[2048];
	va_list args;
	bool done;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (setns(g->ns[place], CLONE_NEWNET))
		return false;
	done = !system(command);
	if (setns(g->ns[GATEWAY], CLONE_NEWNET))
		return false;
	if (!done)
		errno = ECANCELED;
	return done;
}

static inline bool gateway_links(const struct gateway *g)
{
	return gateway_run(g, GATEWAY,
			   "ip link add lan type veth peer name near netns /proc/%d/fd/%d && "
			   "ip link add wan type veth peer name near netns /proc/%d/fd/%d",
			   getpid(), g->ns[HOST], getpid(), g->ns[PEER]);
}

static inline bool gateway_addresses(const struct gateway *g)
{
	static const char far[] =
		"ip link set near addrgenmode none && ip link set near up && ip addr add %s/24 dev "
		"near && "
		"ip addr add %s/64 dev near nodad && ip route add default via %s && "
		"ip -6 route add default via %s";

	return gateway_run(g, GATEWAY,
			   "for i in lan wan; do ip link set $i addrgenmode none; ip link set $i "
			   "up; done && "
			   "ip addr add 192.168.7.1/24 dev lan && ip addr add fd07::1/64 dev lan "
			   "nodad && "
			   "ip addr add " OUTSIDE4 "/24 dev wan && ip addr add " OUTSIDE6
			   "/64 dev wan nodad && "
			   "echo 1 >/proc/sys/net/ipv4/ip_forward && "
			   "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding") &&
	       gateway_run(g, HOST, far, HOST4, HOST6, "192.168.7.1", "fd07::1") &&
	       gateway_run(g, PEER, far, PEER4, PEER6, OUTSIDE4, OUTSIDE6);
}

/* Ports are translated, too, so that no field of an entry is right by chance. */
static inline bool gateway_rules(const struct gateway *g)
{
	return gateway_run(g, GATEWAY,
			   "nft -f - <<-'END'\n"
			   "table inet nat {\n"
			   " chain raw { type filter hook prerouting priority raw;\n"
			   "  udp dport %d notrack\n"
			   " }\n"
			   " chain in { type nat hook prerouting priority dstnat;\n"
			   "  iifname wan meta nfproto ipv4 udp dport %d dnat ip to " HOST4
			   ":7000\n"
			   " }\n"
			   " chain out { type nat hook postrouting priority srcnat;\n"
			   "  oifname wan meta l4proto { tcp, udp } masquerade to :40000-49999\n"
			   " }\n"
			   "}\nEND",
			   UNTRACKED, FORWARDED);
}

static inline bool gateway_make(struct gateway *g)
{
	for (int place = HOST; place < PLACES; place++) {
		if (unshare(CLONE_NEWNET))
			return false;
		g->ns[place] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		if (g->ns[place] < 0)
			return false;
	}
	if (!gateway_links(g) || !gateway_addresses(g) || !gateway_rules(g))
		return false;
	g->lan = (int)if_nametoindex("lan");
	g->wan = (int)if_nametoindex("wan");
	return g->lan && g->wan;
}

/* Writes an address of the endpoint's family. Returns its size. */
static inline socklen_t socket_address(const struct endpoint *e, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (is_v4(e)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(e->port);
		memcpy(&v4->sin_addr, e->ip.b + 12, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(e->port);
	memcpy(&v6->sin6_addr, e->ip.b, 16);
	return sizeof(*v6);
}

static inline struct endpoint socket_endpoint(const struct sockaddr_storage *from)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
	struct endpoint e = {.ip.b = {[10] = 0xff, [11] = 0xff}};

	if (from->ss_family == AF_INET) {
		e.port = ntohs(v4->sin_port);
		memcpy(e.ip.b + 12, &v4->sin_addr, 4);
	} else {
		e.port = ntohs(v6->sin6_port);
		memcpy(e.ip.b, &v6->sin6_addr, 16);
	}
	return e;
}

/*
 * Returns a socket there, with this address, below 0 on error. What does not come within a second
 * is a failure.
 */
static inline int gateway_socket(const struct gateway *g, enum gateway_place place, int type,
				 struct endpoint e)
{
	struct timeval second = {.tv_sec = 1};
	struct sockaddr_storage at;
	socklen_t size = socket_address(&e, &at);
	int fd;

	if (setns(g->ns[place], CLONE_NEWNET))
		return -1;
	fd = socket(at.ss_family, type, 0);
	if (setns(g->ns[GATEWAY], CLONE_NEWNET) || fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) ||
	    bind(fd, (struct sockaddr *)&at, size))
		return -1;
	return fd;
}

#endif
