/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "audit/paths.h"
#include "util/address.h"
#include "util/netlink.h"

/* The host's address in a LAN's subnet, where that is large enough: .10 or ::10. */
#define FIRST_HOST4 10
#define FIRST_HOST6 0x10

/*
 * Addresses outside: stun.l.google.com, then the first addresses of access providers' networks,
 * which no bogon list holds. Those in one of the gateway's own subnets are skipped. Packets go to
 * them in the shadow only.
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

/* An address of the gateway; IPv4 within ::ffff:0:0/96. */
struct own_address {
	u32 link;
	u32 rest; /* bits of the address after the subnet's prefix */
	struct addr ip;
	struct addr other_end; /* of a point-to-point link; else the same as `ip` */
};

/* Returns whether the address can be reached from elsewhere: it is not link-local. */
static bool read_own(const struct nlmsghdr *request, struct own_address *own)
{
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(request);
	const struct nlattr *found[IFA_MAX + 1];

	netlink_attributes(request, sizeof(*head), found, IFA_MAX + 1);
	if (!found[IFA_ADDRESS] || head->ifa_scope >= RT_SCOPE_LINK)
		return false;
	*own = (struct own_address){.link = head->ifa_index};
	own->rest = (head->ifa_family == AF_INET ? 32u : 128u) - head->ifa_prefixlen;
	return netlink_addr(found[IFA_ADDRESS], &own->other_end) &&
	       netlink_addr(found[found[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], &own->ip);
}

/* Returns whether there is an address after `*at`, NULL at first, and reads it. */
static bool next_own(const struct network *network, struct nlmsghdr **at, struct own_address *own)
{
	while ((*at = netlink_batch_next(&network->addresses, *at)))
		if (read_own(*at, own))
			return true;
	return false;
}

/* Clears the bits after the subnet's prefix. */
static void keep_subnet(struct addr *ip, u32 rest)
{
	for (u32 i = 0; i < sizeof(ip->b); i++) {
		u32 near = 8 * (u32)(sizeof(ip->b) - 1 - i); /* bits of the bytes that follow */

		if (rest > near)
			ip->b[i] &= rest - near < 8 ? (u8)(0xff << (rest - near)) : 0;
	}
}

static bool same_subnet(const struct own_address *own, struct addr ip)
{
	struct addr subnet = own->other_end;

	keep_subnet(&subnet, own->rest);
	keep_subnet(&ip, own->rest);
	return !memcmp(&subnet, &ip, sizeof(ip));
}

/* Returns whether an address is the gateway's own or, with `subnets`, in one of its subnets. */
static bool is_own_address(const struct network *network, const struct addr *ip, bool subnets)
{
	struct nlmsghdr *at = NULL;
	struct own_address own;

	while (next_own(network, &at, &own))
		if (!memcmp(&own.ip, ip, sizeof(*ip)) || (subnets && same_subnet(&own, *ip)))
			return true;
	return false;
}

static bool find_own(const struct network *network, u32 link, u8 version, struct own_address *own)
{
	struct nlmsghdr *at = NULL;

	while (next_own(network, &at, own))
		if (own->link == link && addr_is_v4(&own->ip) == (version == 4))
			return true;
	return false;
}

/*
 * Chooses an address for a host in the subnet of `own`. The first and last addresses of a subnet
 * are its own and its broadcast address. Returns whether there is one left.
 */
static bool choose_host(const struct network *network, const struct own_address *own,
			struct addr *host)
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
		if (!edge && !is_own_address(network, host, false))
			return true;
	}
	return false;
}

/*
 * Chooses the next address of the list that is not in the gateway's subnets, or the last one if all
 * are. Returns the index after it.
 */
static size_t choose_beyond(const struct network *network, const char *const *list, size_t i,
			    struct addr *ip)
{
	do {
		addr_parse(list[i], ip);
		i++;
	} while (i < BEYOND && is_own_address(network, ip, true));
	return i;
}

static void choose_others(struct audit_path *path, const struct network *network,
			  const struct addr *server)
{
	const char *const *list = path->version == 4 ? beyond4 : beyond6;
	size_t i = choose_beyond(network, list, 0, &path->server);

	i = choose_beyond(network, list, i, &path->peer);
	choose_beyond(network, list, i, &path->other);
	if (server && addr_is_v4(server) == (path->version == 4))
		path->server = *server;
}

__attribute__((format(printf, 2, 3))) static void set_absent(struct audited_path *audited,
							     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(audited->absent, sizeof(audited->absent), format, args);
	va_end(args);
	for (unsigned int test = 0; test < TEST_COUNT; test++) {
		audited->results[test].kind = RESULT_ABSENT;
		memcpy(audited->results[test].why, audited->absent, sizeof(audited->absent));
	}
}

static bool is_up(const struct net_link *link)
{
	return link && link->up;
}

/* Chooses the addresses of a path, or says why nobody can talk on it. */
static void fill_path(struct audited_path *audited, const struct network *network,
		      const struct addr *server)
{
	struct audit_path *path = &audited->path;
	const char *from = path->lan ? audited->lan : audited->wan;
	struct own_address own;

	if (path->lan && !is_up(network_link(network, path->lan)))
		set_absent(audited, "%s is down", audited->lan);
	else if (!is_up(network_link(network, path->wan)))
		set_absent(audited, "%s is down", audited->wan);
	else if (!find_own(network, path->lan ? path->lan : path->wan, path->version, &own))
		set_absent(audited, "%s has no IPv%u address", from, path->version);
	else if (!path->lan)
		path->host = own.ip;
	else if (!choose_host(network, &own, &path->host))
		set_absent(audited, "the subnet of %s has no room for a host", from);
	choose_others(path, network, server);
}

static void copy_link_name(char *to, const struct network *network, u32 number)
{
	const struct net_link *link = network_link(network, number);

	memcpy(to, link ? link->name : "", link ? IF_NAMESIZE : 1);
}

static void add_path(struct audit_report *report, const struct network *network, u32 lan, u32 wan,
		     u8 version, const struct addr *server)
{
	struct audited_path *audited = &report->paths[report->count];

	if (report->count == PATHS_MAX) {
		report->left_out++;
		return;
	}
	report->count++;
	*audited = (struct audited_path){.path = {.lan = lan, .wan = wan, .version = version}};
	copy_link_name(audited->lan, network, lan);
	copy_link_name(audited->wan, network, wan);
	fill_path(audited, network, server);
}

void paths_choose(struct audit_report *report, const struct network *network,
		  const struct gateway_sides *sides, const struct addr *server)
{
	static const u32 itself[] = {0};
	const u32 *lans = sides->nlans ? sides->lans : itself;
	size_t nlans = sides->nlans ? sides->nlans : 1;

	for (size_t i = 0; i < nlans; i++)
		for (size_t j = 0; j < sides->nwans; j++) {
			add_path(report, network, lans[i], sides->wans[j], 4, server);
			add_path(report, network, lans[i], sides->wans[j], 6, server);
		}
}
