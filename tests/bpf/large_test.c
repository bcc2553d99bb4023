/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a test run cannot make: packets larger than a page, whose headers lie in the skb's
 * fragments, and aggregates of UDP datagrams (GSO). They leave by an interface of a network
 * namespace of our own, past tc_out; parity as elsewhere.
 */
#define PIPELINE_PARITY
#define IFINDEX 77
#define PIPELINE_WANTED(variant) ((variant)->wan) /* the host sends by the interface */
#include "../unit/pipeline_fixture.h"

#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parity.h"

#define LARGE_MAX 60000
#define GSO_UDP 5 /* VIRTIO_NET_HDR_GSO_UDP_L4 of newer headers */

static int sender = -1;

static u8 large[LARGE_MAX];
static u32 large_len;

static void large_put(const void *data, u32 len)
{
	assert_true(len <= LARGE_MAX - large_len);
	memcpy(large + large_len, data, len);
	large_len += len;
}

/* Sets the length fields of the frame in `large`. */
static void large_lengths(void)
{
	bool six = large[12] == 0x86;
	u32 ip = large_len - 14, payload = ip - (six ? 40 : 20);

	large[six ? 18 : 16] = (u8)((six ? payload : ip) >> 8);
	large[six ? 19 : 17] = (u8)(six ? payload : ip);
	if (large[six ? 20 : 23] == 17) {
		large[six ? 58 : 38] = (u8)(payload >> 8);
		large[six ? 59 : 39] = (u8)payload;
	}
}

/* Sends `large` by the interface; only the first `linear` bytes of its skb are not in fragments. */
static void large_transmit(struct virtio_net_hdr *header)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = IFINDEX, .sll_halen = 6};
	struct iovec parts[] = {{header, sizeof(*header)}, {large, large_len}};
	struct msghdr message = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = parts, .msg_iovlen = 2};

	to.sll_protocol = htons(large[12] == 0x86 ? ETH_P_IPV6 : ETH_P_IP);
	if (sendmsg(sender, &message, 0) != (ssize_t)(sizeof(*header) + large_len))
		fail_msg("sendmsg: %s", strerror(errno));
	assert_int_equal(prog_run_collect(&parity_run), 0);
}

static void pass_large(struct pipeline *p, u16 linear)
{
	struct virtio_net_hdr header = {.hdr_len = linear};
	u32 before = p->nevents;

	large_lengths();
	p->now += MS;
	p->reason = native_packet(p->n, IFINDEX, DIR_OUT, NATIVE_ETHERNET, large, large_len,
				  large_len, p->now);
	large_transmit(&header);
	compare_events(p, before);
}

static void send_small(struct pipeline *p, const struct buf *m)
{
	struct buf f;

	frame_udp(&f, p->host, p->peer, m->b, m->len);
	large_len = 0;
	large_put(f.b, f.len);
	pass_large(p, (u16)f.len);
}

/* What comes in is of the usual size, so that a test run does. */
static void receive_small(struct pipeline *p, const struct buf *m)
{
	struct xdp_md ctx = {.ingress_ifindex = IFINDEX};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	u32 before = p->nevents;
	struct buf f;

	frame_udp(&f, p->peer, p->host, m->b, m->len);
	p->now += MS;
	native_packet(p->n, IFINDEX, DIR_IN, NATIVE_ETHERNET, f.b, f.len, f.len, p->now);
	opts.data_in = f.b;
	opts.data_size_in = f.len;
	ctx.data_end = f.len;
	if (bpf_prog_test_run_opts(bpf_program__fd(parity_run.skeleton->progs.xdp_in), &opts))
		fail_msg("test run: %s", strerror(errno));
	assert_int_equal(prog_run_collect(&parity_run), 0);
	compare_events(p, before);
}

static void establish_alone(struct pipeline *p)
{
	struct check_of of = {.id = ++p->ids, .username = "bobb:alic"};
	struct buf m;

	msg_check(&m, &of);
	send_small(p, &m);
	msg_answer(&m, of.id, p->host);
	receive_small(p, &m);
	assert_int_equal(flow_count(p), 1);
	clear_events(p);
}

static const u16 linears[] = {14, 20, 34, 42, 54, 60, 66, 74, 86, 100, 300, 2000};

/* A STUN message with a software name of a size that nobody needs. */
static void a_large_check(void **state)
{
	struct pipeline *p = *state;
	static char name[4040];
	struct buf m;

	memset(name, 's', sizeof(name) - 1);
	for (size_t i = 0; i < COUNT(linears); i++) {
		struct buf f = {.len = 0};

		msg_stun(&m, 0x0001, ++p->ids);
		msg_text(&m, 0x0006, "bobb:alic");
		put_ip(&f, p->host, p->peer, 17, 0);
		put_udp(&f, p->host.port, p->peer.port, 0);
		large_len = 0;
		large_put(f.b, f.len);
		set16(&m, 2, (u16)(m.len - 20 + 4 + 4036));
		large_put(m.b, m.len);
		large_put("\x80\x22\x0f\xc4", 4);
		large_put(name, 4036);
		pass_large(p, linears[i]);
	}
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_STUN), COUNT(linears));
	expect_events(p, 8);
	assert_int_equal(p->events[0].stun.username_len, 9);
	assert_int_equal(p->events[0].stun.software_len, STUN_SOFTWARE_KEPT);
	assert_int_equal(all_skipped(p), 0);
}

static void large_datagrams_of_strangers(void **state)
{
	struct pipeline *p = *state;
	static u8 payload[8000];

	for (size_t i = 0; i < COUNT(linears); i++) {
		struct buf f = {.len = 0}, m;
		struct rtp_of of = {.ssrc = 7, .seq = (u16)i};

		msg_rtp(&m, &of);
		put_ip(&f, p->host, p->peer, 17, 0);
		put_udp(&f, p->host.port, p->peer.port, 0);
		large_len = 0;
		large_put(f.b, f.len);
		large_put(m.b, m.len);
		large_put(payload, sizeof(payload));
		pass_large(p, linears[i]);
	}
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), COUNT(linears));
	assert_int_equal(all_skipped(p), 0);
}

static void large_put_framed(const struct buf *m)
{
	u8 length[2] = {(u8)(m->len >> 8), (u8)m->len};

	large_put(length, 2);
	large_put(m->b, m->len);
}

/* A TCP segment as it is before the interface cuts it: dozens of messages. */
static void a_large_segment(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	for (size_t i = 0; i < COUNT(linears); i++) {
		struct tcp_of tcp = {.seq = p->seq[OUT], .flags = PSH | ACK, .options = 12};
		struct check_of check = {.username = "bobb:alic"};
		struct rtp_of rtp = {.ssrc = 5, .len = 400};
		struct buf f = {.len = 0};
		u32 header;

		put_ip(&f, p->host, p->peer, 6, 0);
		put_tcp(&f, p->host.port, p->peer.port, &tcp);
		large_len = 0;
		large_put(f.b, f.len);
		header = f.len;
		for (int n = 0; n < 20; n++) {
			check.id = ++p->ids;
			msg_check(&m, &check);
			large_put_framed(&m);
			rtp.seq++;
			msg_rtp(&m, &rtp);
			large_put_framed(&m);
		}
		clear_events(p);
		pass_large(p, linears[i]);
		p->seq[OUT] += large_len - header;
	}
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_STUN), 20 * COUNT(linears));
	assert_int_equal(all_skipped(p), 0);
}

/* An aggregate has the consequences that its datagrams have one by one. */
static void pass_aggregate(struct pipeline *p, const struct buf *datagrams, u32 count, u16 linear)
{
	struct virtio_net_hdr header = {
		.hdr_len = linear, .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .gso_type = GSO_UDP};
	struct buf f = {.len = 0};

	clear_events(p);
	p->now += MS;
	for (u32 i = 0; i < count; i++) {
		frame_udp(&f, p->host, p->peer, datagrams[i].b, datagrams[i].len);
		p->reason = native_packet(p->n, IFINDEX, DIR_OUT, NATIVE_ETHERNET, f.b, f.len,
					  f.len, p->now);
		assert_int_equal(p->reason, REASON_PASS);
	}
	f.len = 0;
	put_ip(&f, p->host, p->peer, 17, 0);
	put_udp(&f, p->host.port, p->peer.port, 0);
	large_len = 0;
	large_put(f.b, f.len);
	for (u32 i = 0; i < count; i++)
		large_put(datagrams[i].b, datagrams[i].len);
	large_lengths();
	header.gso_size = (u16)datagrams[0].len;
	header.csum_start = (u16)(f.len - 8);
	header.csum_offset = 6;
	large_transmit(&header);
	compare_events(p, 0);
}

static void media_in_an_aggregate(void **state)
{
	struct rtp_of of = {.ssrc = 5, .len = 400};
	static struct buf datagrams[40];
	struct pipeline *p = *state;

	establish_alone(p);
	for (size_t i = 0; i < COUNT(linears); i++) {
		for (u32 n = 0; n < 40; n++, of.seq++) {
			of.len = n == 39 ? 100 : 400; /* the last may be shorter */
			msg_rtp(&datagrams[n], &of);
		}
		pass_aggregate(p, datagrams, 40, linears[i] > 54 ? linears[i] : 62);
	}
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 40 * COUNT(linears));
	assert_true(stream_all_packets(half_of(p, OUT)) == 40 * COUNT(linears));
}

static void media_of_strangers_in_an_aggregate(void **state)
{
	struct rtp_of of = {.ssrc = 5, .len = 400};
	static struct buf datagrams[10];
	struct pipeline *p = *state;

	for (u32 n = 0; n < COUNT(datagrams); n++, of.seq++)
		msg_rtp(&datagrams[n], &of);
	pass_aggregate(p, datagrams, COUNT(datagrams), 62);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), COUNT(datagrams));
}

static void a_handshake_in_an_aggregate(void **state)
{
	static struct buf datagrams[8];
	struct pipeline *p = *state;

	establish_alone(p);
	for (u32 n = 0; n < COUNT(datagrams); n++) {
		datagrams[n].len = 0;
		msg_handshake(&datagrams[n], n ? 11 : 1, n == COUNT(datagrams) - 1 ? 200 : 1000);
	}
	pass_aggregate(p, datagrams, COUNT(datagrams), 62);
	assert_int_equal(half_of(p, OUT)->hellos, 1);
	assert_int_equal(half_of(p, OUT)->dtls_packets, COUNT(datagrams));
}

static void checks_in_an_aggregate(void **state)
{
	struct check_of of = {.username = "bobb:alic"};
	static struct buf datagrams[60];
	struct pipeline *p = *state;

	for (u32 n = 0; n < 60; n++) {
		of.id = ++p->ids;
		msg_check(&datagrams[n], &of);
	}
	pass_aggregate(p, datagrams, 60, 62);
	expect_events(p, 10); /* 1..8, 16, 32 */
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_STUN), 60);
	send_small(p, &datagrams[0]);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_STUN), 61);
}

/*
 * Makes a network namespace with one interface, which tc_out watches. Returns false when that
 * fails.
 */
static bool make_interface(void)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = IFINDEX, .attach_point = BPF_TC_EGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts,
			    .prog_fd = bpf_program__fd(parity_run.skeleton->progs.tc_out));
	int yes = 1;

	if (unshare(CLONE_NEWNET))
		return false;
	if (system("ip link add large index 77 mtu 65000 type veth peer name far mtu 65000 &&"
		   "ip link set large addrgenmode none up && ip link set far addrgenmode none up"))
		return false;
	sender = socket(AF_PACKET, SOCK_RAW, 0);
	if (sender < 0 || setsockopt(sender, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof(yes)))
		return false;
	return !bpf_tc_hook_create(&hook) && !bpf_tc_attach(&hook, &opts);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_large_check),
		PIPELINE_CASE(large_datagrams_of_strangers),
		PIPELINE_CASE(a_large_segment),
		PIPELINE_CASE(media_in_an_aggregate),
		PIPELINE_CASE(media_of_strangers_in_an_aggregate),
		PIPELINE_CASE(a_handshake_in_an_aggregate),
		PIPELINE_CASE(checks_in_an_aggregate),
	};
	int failed;

	if (!parity_open())
		return 1;
	if (!make_interface()) {
		printf("not ok 1 - there is an interface for large packets: %s\n", strerror(errno));
		return 1;
	}
	parity_in = PARITY_TC;
	failed = pipeline_run("large", cases, COUNT(cases));
	prog_run_close(&parity_run);
	return failed != 0;
}
