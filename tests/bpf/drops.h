/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A gateway that drops: packets as their sender handed them to the link, and the events of the
 * kernel's drops. Either of the two programs can watch.
 */
#ifndef P2PSCOPE_TESTS_DROPS_H
#define P2PSCOPE_TESTS_DROPS_H

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/stat.h>

#include "datapath.h"
#include "p2pscope/config.h"
#include "p2pscope.skel.h"
#include "source/live/drop_reasons.h"
#include "source/live/kallsyms.h"

struct drops {
	struct gateway gateway;
	struct datapath datapath;
	struct p2pscope_bpf *raw;
	struct drop_reasons *reasons;
	struct kallsyms *symbols;
	int tap; /* sees what leaves the host */
	u32 flows; /* that the host began */
};

/*
 * Returns a packet socket on an interface there, -1 on error: SOCK_RAW with its link header,
 * SOCK_DGRAM without.
 */
static inline int drops_packet_socket(const struct gateway *g, enum gateway_place place,
				      const char *name, int type)
{
	struct timeval second = {.tv_sec = 1};
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd;

	if (setns(g->ns[place], CLONE_NEWNET))
		return -1;
	fd = socket(AF_PACKET, type, htons(ETH_P_ALL));
	at.sll_ifindex = (int)if_nametoindex(name);
	if (setns(g->ns[GATEWAY], CLONE_NEWNET) || fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	return bind(fd, (struct sockaddr *)&at, sizeof(at)) ? -1 : fd;
}

/* Returns whether a packet is one of the test's: neighbour discovery sends, too. */
static inline bool drops_is_ours(const struct sockaddr_ll *from, const struct buf *packet)
{
	bool four = ntohs(from->sll_protocol) == ETH_P_IP,
	     six = ntohs(from->sll_protocol) == ETH_P_IPV6;
	u8 proto = packet->b[four ? 9 : 6];

	return from->sll_pkttype == PACKET_OUTGOING && (four || six) &&
	       (proto == PROTO_UDP || proto == PROTO_TCP);
}

/* Forgets what has left there so far. */
static inline void drops_skip(int tap)
{
	struct buf packet;

	while (recv(tap, packet.b, BUF_MAX, MSG_DONTWAIT) > 0)
		;
}

/* Waits for the next packet that left there, from its IP header on. */
static inline void drops_sent(int tap, struct buf *packet)
{
	struct sockaddr_ll from;
	ssize_t got;

	do {
		socklen_t size = sizeof(from);

		got = recvfrom(tap, packet->b, BUF_MAX, 0, (struct sockaddr *)&from, &size);
	} while (got > 0 && !drops_is_ours(&from, packet));
	assert_true(got > 0);
	packet->len = (u32)got;
}

static inline int drops_open(struct drops *d)
{
	int err;

	if (!gateway_make(&d->gateway))
		return -errno;
	err = datapath_open(&d->datapath, &d->gateway);
	if (!err)
		err = loader_observe(d->datapath.loader, (u32)d->gateway.lan, true);
	if (!err)
		err = loader_observe(d->datapath.loader, (u32)d->gateway.wan, true);
	if (!err)
		err = drop_reasons_read(&d->reasons);
	if (!err)
		err = kallsyms_open(&d->symbols, KALLSYMS);
	if (err)
		return err;
	d->tap = drops_packet_socket(&d->gateway, HOST, "near", SOCK_DGRAM);
	return d->tap < 0 ? -errno : 0;
}

static inline void drops_close(struct drops *d)
{
	datapath_close(&d->datapath);
	p2pscope_bpf__destroy(d->raw);
	drop_reasons_free(d->reasons);
	kallsyms_close(d->symbols);
}

/* The raw tracepoint's program on the maps of the programs that are attached. */
static inline int drops_open_raw(struct drops *d)
{
	struct bpf_program *program;
	struct bpf_map *map;
	struct stat netns;

	d->raw = p2pscope_bpf__open();
	if (!d->raw || stat("/proc/self/ns/net", &netns))
		return -errno;
	d->raw->rodata->config.netns = (u32)netns.st_ino;
	bpf_object__for_each_program(program, d->raw->obj)
		bpf_program__set_autoload(program, program == d->raw->progs.drop_raw);
	bpf_object__for_each_map(map, d->raw->obj)
	{
		int fd = bpf_map__is_internal(map) ? -1
						   : datapath_map(&d->datapath, bpf_map__name(map));

		if (fd >= 0 && bpf_map__reuse_fd(map, fd))
			return -errno;
	}
	return p2pscope_bpf__load(d->raw);
}

static inline int drops_watch_raw(struct drops *d)
{
	u32 slots[] = {0, 1}, indexes[] = {(u32)d->gateway.lan, (u32)d->gateway.wan};
	int err = drops_open_raw(d);

	for (int i = 0; !err && i < 2; i++)
		err = bpf_map_update_elem(bpf_map__fd(d->raw->maps.observed), &slots[i],
					  &indexes[i], BPF_ANY);
	if (!err)
		d->raw->links.drop_raw = bpf_program__attach(d->raw->progs.drop_raw);
	return err ? err : d->raw->links.drop_raw ? 0 : -errno;
}

static inline void drops_unwatch_raw(struct drops *d)
{
	p2pscope_bpf__destroy(d->raw);
	d->raw = NULL;
}

/*
 * Changes a packet as forwarding does: one hop fewer, and with it IPv4's checksum (RFC 791 section
 * 3.1, RFC 1071).
 */
static inline void drops_forwarded(struct buf *packet)
{
	u32 sum = 0;

	if (packet->b[0] >> 4 == 6) {
		packet->b[7]--;
		return;
	}
	packet->b[8]--;
	set16(packet, 10, 0);
	for (u32 i = 0; i < (packet->b[0] & 15) * 4u; i += 2)
		sum += (u32)(packet->b[i] << 8 | packet->b[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	set16(packet, 10, (u16) ~(sum + (sum >> 16)));
}

/* Expects this packet in a drop, as much of it as an event holds. */
static inline void drops_expect_packet(const struct drop_info *drop, const struct buf *packet)
{
	assert_int_equal(drop->packet_len, packet->len);
	assert_int_equal(drop->packet_have, packet->len < DROP_KEPT ? packet->len : DROP_KEPT);
	assert_memory_equal(drop->packet, packet->b, drop->packet_have);
}

/* A host's flow that is on probation at the LAN, or was before the rules had changed. */
struct drops_talk {
	struct endpoint from, to;
	struct buf message, sent;
	int fd;
};

static inline void talk_send(const struct drops_talk *t)
{
	struct sockaddr_storage at;
	socklen_t size = socket_address(&t->to, &at);

	sendto(t->fd, t->message.b, t->message.len, 0, (struct sockaddr *)&at, size);
}

static inline void wait_for_probe(const struct drops *d, int ifindex, struct endpoint far,
				  struct endpoint near)
{
	struct flow_key key = {.far = far, .near = near, .tag = (u32)ifindex, .proto = PROTO_UDP};
	struct probe_record probe;

	for (int i = 0; i < 1000 && !datapath_probe(&d->datapath, &key, &probe); i++)
		usleep(1000);
	assert_true(datapath_probe(&d->datapath, &key, &probe));
}

/*
 * Opens a flow: the first packet passes, and makes it known. `size` is of the message with its
 * padding.
 */
static inline struct drops_talk talk_open(struct drops *d, const char *from, const char *to,
					  u16 to_port, u32 size)
{
	struct check_of of = {.id = d->flows, .username = "bobb:alic"};
	struct drops_talk t = {.from = ep(from, (u16)(5000 + d->flows++)), .to = ep(to, to_port)};

	msg_check(&t.message, &of);
	if (size > t.message.len) {
		static const u8 padding[1500];

		msg_attr(&t.message, 0x0026, padding, size - t.message.len - 4);
	}
	t.fd = gateway_socket(&d->gateway, HOST, SOCK_DGRAM, t.from);
	assert_true(t.fd >= 0);
	drops_skip(d->tap);
	talk_send(&t);
	drops_sent(d->tap, &t.sent);
	wait_for_probe(d, d->gateway.lan, t.from, t.to);
	usleep(2000);
	datapath_forget(&d->datapath);
	return t;
}

/*
 * Sends the message again, which the kernel drops. Returns the events, of which there must be so
 * many.
 */
static inline const struct event *talk_dropped(struct drops *d, struct drops_talk *t, u32 events)
{
	datapath_forget(&d->datapath);
	talk_send(t);
	drops_sent(d->tap, &t->sent);
	if (datapath_wait(&d->datapath, &d->datapath.drops, events) != events)
		fail_msg("%u events", d->datapath.drops.count);
	close(t->fd);
	return d->datapath.drops.list;
}

/* Expects the drop at the LAN, where the packet came in. */
static inline void talk_expect_at_lan(const struct drops *d, const struct event *e,
				      const struct drops_talk *t, const char *reason)
{
	assert_int_equal(e->ifindex, d->gateway.lan);
	assert_int_equal(e->dir, DIR_IN);
	assert_endpoint(&e->key.far, t->from);
	assert_endpoint(&e->key.near, t->to);
	assert_int_equal(e->known, 0);
	assert_int_equal(e->cls, CLASS_STUN);
	assert_int_equal(e->drop.id_known, 1);
	assert_memory_equal(e->drop.id, t->message.b + 8, 12);
	assert_int_equal(e->drop.payload, t->message.len);
	assert_int_equal(e->drop.came_in, d->gateway.lan);
	assert_string_equal(drop_reasons_name(d->reasons, e->drop.reason), reason);
	assert_true(e->drop.location != 0);
	drops_expect_packet(&e->drop, &t->sent);
}

#endif
