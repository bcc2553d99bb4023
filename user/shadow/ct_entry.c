/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>

#include "shadow/ct_entry.h"
#include "util/netlink.h"
#include "p2pscope/ip.h"

#define REQUEST_BYTES 1024

static u8 family_of(const struct endpoint *e)
{
	return addr_is_v4(&e->ip) ? AF_INET : AF_INET6;
}

/* --- reading --- */

static void read_ip(const struct nlattr *v4, const struct nlattr *v6, struct addr *ip)
{
	if (v4 || v6)
		netlink_addr(v4 ? v4 : v6, ip);
}

static void read_tuple(const struct nlattr *tuple, struct endpoint *src, struct endpoint *dst)
{
	const struct nlattr *found[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1],
		*proto[CTA_PROTO_MAX + 1];

	netlink_nested(tuple, found, CTA_TUPLE_MAX + 1);
	if (!found[CTA_TUPLE_IP] || !found[CTA_TUPLE_PROTO])
		return;
	netlink_nested(found[CTA_TUPLE_IP], ip, CTA_IP_MAX + 1);
	netlink_nested(found[CTA_TUPLE_PROTO], proto, CTA_PROTO_MAX + 1);
	read_ip(ip[CTA_IP_V4_SRC], ip[CTA_IP_V6_SRC], &src->ip);
	read_ip(ip[CTA_IP_V4_DST], ip[CTA_IP_V6_DST], &dst->ip);
	if (proto[CTA_PROTO_SRC_PORT] && proto[CTA_PROTO_DST_PORT]) {
		src->port = be16toh(mnl_attr_get_u16(proto[CTA_PROTO_SRC_PORT]));
		dst->port = be16toh(mnl_attr_get_u16(proto[CTA_PROTO_DST_PORT]));
	}
}

static u8 read_tcp_state(const struct nlattr *info)
{
	const struct nlattr *found[CTA_PROTOINFO_MAX + 1], *tcp[CTA_PROTOINFO_TCP_MAX + 1];

	netlink_nested(info, found, CTA_PROTOINFO_MAX + 1);
	if (!found[CTA_PROTOINFO_TCP])
		return TCP_CONNTRACK_NONE;
	netlink_nested(found[CTA_PROTOINFO_TCP], tcp, CTA_PROTOINFO_TCP_MAX + 1);
	return tcp[CTA_PROTOINFO_TCP_STATE] ? mnl_attr_get_u8(tcp[CTA_PROTOINFO_TCP_STATE])
					    : TCP_CONNTRACK_NONE;
}

static int take_entry(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *found[CTA_MAX + 1];
	struct ct_entry *entry = arg;
	struct conntrack *to = &entry->conntrack;

	netlink_attributes(message, sizeof(struct nfgenmsg), found, CTA_MAX + 1);
	if (!found[CTA_TUPLE_ORIG] || !found[CTA_TUPLE_REPLY] || !found[CTA_STATUS])
		return MNL_CB_OK;
	read_tuple(found[CTA_TUPLE_ORIG], &to->orig_src, &to->orig_dst);
	read_tuple(found[CTA_TUPLE_REPLY], &to->reply_src, &to->reply_dst);
	to->status = be32toh(mnl_attr_get_u32(found[CTA_STATUS]));
	to->state = CONNTRACK_FOUND;
	if (found[CTA_TIMEOUT])
		to->left = (s32)be32toh(mnl_attr_get_u32(found[CTA_TIMEOUT]));
	if (found[CTA_MARK])
		entry->mark = be32toh(mnl_attr_get_u32(found[CTA_MARK]));
	if (found[CTA_PROTOINFO])
		entry->tcp_state = read_tcp_state(found[CTA_PROTOINFO]);
	return MNL_CB_OK;
}

/* --- writing --- */

static void put_addr(struct nlmsghdr *request, u16 v4, u16 v6, const struct addr *ip)
{
	netlink_put_addr(request, addr_is_v4(ip) ? v4 : v6, ip);
}

static void put_tuple(struct nlmsghdr *request, u16 type, const struct endpoint *src,
		      const struct endpoint *dst, u8 proto)
{
	struct nlattr *tuple = mnl_attr_nest_start(request, type), *part;

	part = mnl_attr_nest_start(request, CTA_TUPLE_IP);
	put_addr(request, CTA_IP_V4_SRC, CTA_IP_V6_SRC, &src->ip);
	put_addr(request, CTA_IP_V4_DST, CTA_IP_V6_DST, &dst->ip);
	mnl_attr_nest_end(request, part);
	part = mnl_attr_nest_start(request, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(request, CTA_PROTO_NUM, proto);
	mnl_attr_put_u16(request, CTA_PROTO_SRC_PORT, htobe16(src->port));
	mnl_attr_put_u16(request, CTA_PROTO_DST_PORT, htobe16(dst->port));
	mnl_attr_nest_end(request, part);
	mnl_attr_nest_end(request, tuple);
}

static void put_translation(struct nlmsghdr *request, u16 type, const struct endpoint *to)
{
	struct nlattr *nat = mnl_attr_nest_start(request, type), *ports;

	put_addr(request, CTA_NAT_V4_MINIP, CTA_NAT_V6_MINIP, &to->ip);
	put_addr(request, CTA_NAT_V4_MAXIP, CTA_NAT_V6_MAXIP, &to->ip);
	ports = mnl_attr_nest_start(request, CTA_NAT_PROTO);
	mnl_attr_put_u16(request, CTA_PROTONAT_PORT_MIN, htobe16(to->port));
	mnl_attr_put_u16(request, CTA_PROTONAT_PORT_MAX, htobe16(to->port));
	mnl_attr_nest_end(request, ports);
	mnl_attr_nest_end(request, nat);
}

/* The windows of the connection are unknown, so any segment is accepted as within them. */
static void put_tcp_state(struct nlmsghdr *request, u8 state)
{
	const struct nf_ct_tcp_flags liberal = {.flags = IP_CT_TCP_FLAG_BE_LIBERAL,
						.mask = IP_CT_TCP_FLAG_BE_LIBERAL};
	struct nlattr *info = mnl_attr_nest_start(request, CTA_PROTOINFO), *tcp;

	tcp = mnl_attr_nest_start(request, CTA_PROTOINFO_TCP);
	mnl_attr_put_u8(request, CTA_PROTOINFO_TCP_STATE, state);
	mnl_attr_put(request, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof(liberal), &liberal);
	mnl_attr_put(request, CTA_PROTOINFO_TCP_FLAGS_REPLY, sizeof(liberal), &liberal);
	mnl_attr_nest_end(request, tcp);
	mnl_attr_nest_end(request, info);
}

int ct_entry_read(struct mnl_socket *socket, const struct conntrack *packet, struct ct_entry *entry)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request = netlink_filter_request(
		buffer, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET, family_of(&packet->orig_src), 0);
	int err;

	*entry = (struct ct_entry){.conntrack = {.proto = packet->proto}};
	put_tuple(request, CTA_TUPLE_ORIG, &packet->orig_src, &packet->orig_dst, packet->proto);
	err = netlink_ask(socket, request, take_entry, entry);
	return err == -ENOENT ? 0 : err;
}

int ct_entry_find(struct mnl_socket *socket, const struct conntrack *packet, struct ct_entry *entry)
{
	struct conntrack mirrored = *packet;
	int err = ct_entry_read(socket, packet, entry);

	if (err || entry->conntrack.state == CONNTRACK_FOUND)
		return err;
	mirrored.orig_src = packet->orig_dst;
	mirrored.orig_dst = packet->orig_src;
	return ct_entry_read(socket, &mirrored, entry);
}

static bool is_tuple(const struct conntrack *packet, const struct endpoint *src,
		     const struct endpoint *dst)
{
	return endpoint_equal(&packet->orig_src, src) && endpoint_equal(&packet->orig_dst, dst);
}

/*
 * A packet that has neither tuple of its entry has been translated already, and mirrors the tuple
 * of the other direction.
 */
void ct_entry_arrival(const struct ct_entry *entry, const struct conntrack *packet,
		      struct conntrack *as)
{
	const struct conntrack *known = &entry->conntrack;

	*as = *packet;
	if (known->state != CONNTRACK_FOUND ||
	    is_tuple(packet, &known->orig_src, &known->orig_dst) ||
	    is_tuple(packet, &known->reply_src, &known->reply_dst))
		return;
	if (is_tuple(packet, &known->orig_dst, &known->orig_src)) {
		as->orig_src = known->reply_src;
		as->orig_dst = known->reply_dst;
	} else if (is_tuple(packet, &known->reply_dst, &known->reply_src)) {
		as->orig_src = known->orig_src;
		as->orig_dst = known->orig_dst;
	}
}

/*
 * The kernel derives the reply tuple from the translations, as for the first packet of a flow; it
 * translates only then (ctnetlink_setup_nat()).
 */
int ct_entry_write(struct mnl_socket *socket, const struct ct_entry *entry)
{
	const struct conntrack *from = &entry->conntrack;
	const u32 kept = IPS_CONFIRMED | (from->status & (IPS_SEEN_REPLY | IPS_ASSURED));
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request =
		netlink_filter_request(buffer, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW,
				       family_of(&from->orig_src), NLM_F_CREATE | NLM_F_EXCL);

	put_tuple(request, CTA_TUPLE_ORIG, &from->orig_src, &from->orig_dst, from->proto);
	put_tuple(request, CTA_TUPLE_REPLY, &from->orig_dst, &from->orig_src, from->proto);
	mnl_attr_put_u32(request, CTA_STATUS, htobe32(kept));
	mnl_attr_put_u32(request, CTA_TIMEOUT, htobe32(from->left > 0 ? (u32)from->left : 1));
	if (entry->mark)
		mnl_attr_put_u32(request, CTA_MARK, htobe32(entry->mark));
	if (!endpoint_equal(&from->reply_dst, &from->orig_src))
		put_translation(request, CTA_NAT_SRC, &from->reply_dst);
	if (!endpoint_equal(&from->reply_src, &from->orig_dst))
		put_translation(request, CTA_NAT_DST, &from->reply_src);
	if (from->proto == PROTO_TCP)
		put_tcp_state(request, entry->tcp_state);
	return netlink_ask(socket, request, NULL, NULL);
}

int ct_entries_flush(struct mnl_socket *socket)
{
	char buffer[REQUEST_BYTES];
	struct nlmsghdr *request = netlink_filter_request(buffer, NFNL_SUBSYS_CTNETLINK,
							  IPCTNL_MSG_CT_DELETE, AF_UNSPEC, 0);

	return netlink_ask(socket, request, NULL, NULL);
}
