/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "audit/paths.h"
#include "util/netlink.h"
#include "util/address.h"

/* In a LAN's subnet, where it is large enough: .10 and ::10. */
#define FIRST_HOST4 10
#define FIRST_HOST6 0x10

/*
 * A public STUN server's, stun.l.google.com, then the first ones of access providers: no list of
 * those that must not be seen holds them. What lies in one of the gateway's own subnets is passed
 * over. Nothing is sent there but in the shadow.
 */
static const char *const beyond4[] = {"74.125.250.129", "93.192.0.1", "91.64.0.1",
				      "81.216.0.1",     "85.0.0.1",   "82.64.0.1"};
static const char *const beyond6[] = {"2001:4860:4864:5:8000::1",
				      "2003:e0::1",
				      "2a02:810d::1",
				      "2a02:8388::1",
				      "2a02:1210::1",
				      "2a01:e00::1"};

#define BEYOND (sizeof(beyond4) / sizeof(beyond4[0]))

/* An address of the gateway. IPv4's are within ::ffff:0:0/96. */
struct own {
	u32 link;
	u32 rest; /* bits behind the subnet's */
	struct addr ip;
	struct addr other_end; /* of a link that has one; else the same */
};

/* Gives whether it can be talked to from elsewhere. */
static bool read_own(const struct nlmsghdr *request, struct own *own)
{
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(request);
	const struct nlattr *found[IFA_MAX + 1];

	netlink_attributes(request, sizeof(*head), found, IFA_MAX + 1);
	if (!found[IFA_ADDRESS] || head->ifa_scope >= RT_SCOPE_LINK)
		return false;
	*own = (struct own){.link = head->ifa_index};
	own->rest = (head->ifa_family == AF_INET ? 32u : 128u) - head->ifa_prefixlen;
	return netlink_addr(found[IFA_ADDRESS], &own->other_end) &&
	       netlink_addr(found[found[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], &own->ip);
}

/* Gives the next one of the network's addresses behind `*at`, which begins with NULL. */
static bool next_own(const struct network *network, struct nlmsghdr **at, struct own *own)
{
	while ((*at = requests_next(&network->addresses, *at)))
		if (read_own(*at, own))
			return true;
	return false;
}

/* Clears what lies behind the subnet's bits. */
static void keep_subnet(struct addr *ip, u32 rest)
{
	for (u32 i = 0; i < sizeof(ip->b); i++) {
		u32 near = 8 * (u32)(sizeof(ip->b) - 1 - i); /* bits of the bytes that follow */

		if (rest > near)
			ip->b[i] &= rest - near < 8 ? (u8)(0xff << (rest - near)) : 0;
	}
}

static bool same_subnet(const struct own *own, struct addr ip)
{
	struct addr subnet = own->other_end;

	keep_subnet(&subnet, own->rest);
	keep_subnet(&ip, own->rest);
	return !memcmp(&subnet, &ip, sizeof(ip));
}

/* Gives whether it is one of the gateway's own, or with `subnets` in the subnet of one. */
static bool is_own(const struct network *network, const struct addr *ip, bool subnets)
{
	struct nlmsghdr *at = NULL;
	struct own own;

	while (next_own(network, &at, &own))
		if (!memcmp(&own.ip, ip, sizeof(*ip)) || (subnets && same_subnet(&own, *ip)))
			return true;
	return false;
}

static bool find_own(const struct network *network, u32 link, u8 version, struct own *own)
{
	struct nlmsghdr *at = NULL;

	while (next_own(network, &at, own))
		if (own->link == link && addr_is_v4(&own->ip) == (version == 4))
			return true;
	return false;
}

/*
 * Chooses a host in the subnet of that address; its first and last are for the subnet itself and
 * for all.
 */
static bool choose_host(const struct network *network, const struct own *own, struct addr *host)
{
	u32 room = own->rest < 8 ? 1u << own->rest : 256;
	u32 first = addr_is_v4(&own->ip) ? FIRST_HOST4 : FIRST_HOST6;
	u8 subnet;

	*host = own->other_end;
	if (memcmp(&own->other_end, &own->ip, sizeof(own->ip)))
		return true;
	keep_subnet(host, own->rest);
	subnet = host->b[15];
	for (u32 i = 0; i < room; i++) {
		u32 number = (i + first) % room;
		bool edge = room > 2 && (!number || number == room - 1);

		host->b[15] = subnet | (u8)number;
		if (!edge && !is_own(network, host, false))
			return true;
	}
	return false;
}

/* The next one of the list that is not the gateway's own; the last one if they all are. */
static size_t choose_beyond(const struct network *network, const char *const *list, size_t i,
			    struct addr *ip)
{
	do {
		addr_parse(list[i], ip);
		i++;
	} while (i < BEYOND && is_own(network, ip, true));
	return i;
}

static void choose_others(struct way *way, const struct network *network, const struct addr *server)
{
	const char *const *list = way->version == 4 ? beyond4 : beyond6;
	size_t i = choose_beyond(network, list, 0, &way->server);

	i = choose_beyond(network, list, i, &way->peer);
	choose_beyond(network, list, i, &way->other);
	if (server && addr_is_v4(server) == (way->version == 4))
		way->server = *server;
}

__attribute__((format(printf, 2, 3))) static void no_way(struct audited *audited,
							 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(audited->absent, sizeof(audited->absent), format, args);
	va_end(args);
	for (unsigned int need = 0; need < NEED_COUNT; need++) {
		audited->findings[need].result = RESULT_ABSENT;
		memcpy(audited->findings[need].why, audited->absent, sizeof(audited->absent));
	}
}

static bool is_up(const struct link *link)
{
	return link && link->up;
}

/* Chooses who talks on it, or says why nobody does. */
static void fill(struct audited *audited, const struct network *network, const struct addr *server)
{
	struct way *way = &audited->way;
	const char *from = way->lan ? audited->lan : audited->wan;
	struct own own;

	if (way->lan && !is_up(network_link(network, way->lan)))
		no_way(audited, "%s is down", audited->lan);
	else if (!is_up(network_link(network, way->wan)))
		no_way(audited, "%s is down", audited->wan);
	else if (!find_own(network, way->lan ? way->lan : way->wan, way->version, &own))
		no_way(audited, "%s has no IPv%u address", from, way->version);
	else if (!way->lan)
		way->host = own.ip;
	else if (!choose_host(network, &own, &way->host))
		no_way(audited, "the subnet of %s has no room for a host", from);
	choose_others(way, network, server);
}

static void copy_name(char *to, const struct network *network, u32 number)
{
	const struct link *link = network_link(network, number);

	memcpy(to, link ? link->name : "", link ? IF_NAMESIZE : 1);
}

static void add_way(struct report *report, const struct network *network, u32 lan, u32 wan,
		    u8 version, const struct addr *server)
{
	struct audited *audited = &report->ways[report->count];

	if (report->count == WAYS_MAX) {
		report->left_out++;
		return;
	}
	report->count++;
	*audited = (struct audited){.way = {.lan = lan, .wan = wan, .version = version}};
	copy_name(audited->lan, network, lan);
	copy_name(audited->wan, network, wan);
	fill(audited, network, server);
}

void ways_choose(struct report *report, const struct network *network, const struct sides *sides,
		 const struct addr *server)
{
	static const u32 itself[] = {0};
	const u32 *lans = sides->nlans ? sides->lans : itself;
	size_t nlans = sides->nlans ? sides->nlans : 1;

	for (size_t i = 0; i < nlans; i++)
		for (size_t j = 0; j < sides->nwans; j++) {
			add_way(report, network, lans[i], sides->wans[j], 4, server);
			add_way(report, network, lans[i], sides->wans[j], 6, server);
		}
}
