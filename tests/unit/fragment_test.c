/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IP fragments: later ones follow the first, which is what its datagram is. */
#include "pipeline_fixture.h"

static void put_ip_fragment(struct pipeline *p, struct buf *f, enum host_dir way,
			    const struct buf *datagram, u32 from, u32 to, u32 id)
{
	struct endpoint src = way == OUT ? p->host : p->peer, dst = way == OUT ? p->peer : p->host;
	bool more = to < datagram->len;
	struct ipv4_of of = {
		.src = src, .dst = dst, .proto = 17, .payload = (u16)(to - from), .id = (u16)id};

	f->len = 0;
	if (is_v4(&src)) {
		of.fragment = (u16)(from / 8 | (more ? 0x2000 : 0));
		put_ethernet(f, 0x0800);
		put_ipv4(f, &of);
	} else {
		put_ethernet(f, 0x86dd);
		put_ipv6(f, src, dst, 44, (u16)(8 + to - from));
		put16(f, 17 << 8);
		put16(f, (u16)(from | more));
		put32(f, id);
	}
	put(f, datagram->b + from, to - from);
}

static void send_fragment(struct pipeline *p, enum host_dir way, const struct buf *datagram,
			  u32 from, u32 to, u32 id)
{
	struct buf f;

	put_ip_fragment(p, &f, way, datagram, from, to, id);
	send_frame(p, way, &f);
}

/* A UDP datagram with a ClientHello too large for the path. */
static void big_datagram(struct pipeline *p, struct buf *d, enum host_dir way)
{
	struct buf m = {.len = 0};

	msg_handshake(&m, 1, 1975);
	d->len = 0;
	put_udp(d, way == OUT ? p->host.port : p->peer.port,
		way == OUT ? p->peer.port : p->host.port, m.len);
	put(d, m.b, m.len);
	assert_int_equal(d->len, 2008);
}

static void later_fragments_follow_the_first(void **state)
{
	struct pipeline *p = *state;
	struct flow_dir before;
	struct buf d;

	establish_ice(p);
	before = *half_of(p, OUT);
	big_datagram(p, &d, OUT);
	send_fragment(p, OUT, &d, 0, 1480, 0x77);
	assert_int_equal(p->reason, REASON_PASS);
	assert_true(half_of(p, OUT)->packets == before.packets + 1);
	assert_true(half_of(p, OUT)->bytes == before.bytes + 1472);
	send_fragment(p, OUT, &d, 1480, 1800, 0x77);
	send_fragment(p, OUT, &d, 1800, 2008, 0x77);
	assert_int_equal(p->reason, REASON_PASS);
	assert_true(half_of(p, OUT)->packets == before.packets + 1);
	assert_true(half_of(p, OUT)->bytes == before.bytes + 2000);
	assert_int_equal(half_of(p, OUT)->fragments, 2);
	assert_true(half_of(p, OUT)->last_ns == p->now);
	assert_int_equal(half_of(p, IN)->fragments, 0);
	assert_int_equal(all_skipped(p), 0);
}

/*
 * Its stream counts the whole packet with the first fragment; the flow counts what each of them
 * carries.
 */
static void a_fragmented_media_packet_counts_once(void **state)
{
	struct rtp_of of = {.ssrc = 0xcafe, .payload_type = 96, .seq = 12, .len = 1988};
	struct pipeline *p = *state;
	struct flow_dir before;
	struct buf m, d = {.len = 0};

	establish_ice(p);
	send_rtp(p, OUT, 0xcafe, 10);
	send_rtp(p, OUT, 0xcafe, 11);
	before = *half_of(p, OUT);
	msg_rtp(&m, &of);
	put_udp(&d, p->host.port, p->peer.port, m.len);
	put(&d, m.b, m.len);
	send_fragment(p, OUT, &d, 0, 1480, 0x78);
	assert_true(flow_bytes(half_of(p, OUT)) == flow_bytes(&before) + 1472);
	send_fragment(p, OUT, &d, 1480, 2008, 0x78);
	assert_true(flow_packets(half_of(p, OUT)) == flow_packets(&before) + 1);
	assert_true(flow_bytes(half_of(p, OUT)) == flow_bytes(&before) + 2000);
	assert_true(half_of(p, OUT)->stream[0].bytes == before.stream[0].bytes + 2000);
}

/* A ClientHello larger than the path: its beginning is in the first fragment. */
static void the_first_fragment_decides_the_class(void **state)
{
	struct pipeline *p = *state;
	struct buf d;

	establish_ice(p);
	big_datagram(p, &d, OUT);
	send_fragment(p, OUT, &d, 0, 1480, 0x77);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 1);
	assert_int_equal(half_of(p, OUT)->hellos, 1);
	assert_int_equal(take_only_event(p, EVENT_DTLS, OUT, CLASS_DTLS).dtls.message_len, 1975);
	assert_int_equal(all_skipped(p), 0);
}

static void fragments_without_a_first_one_are_orphans(void **state)
{
	struct pipeline *p = *state;
	struct buf d;

	establish_ice(p);
	big_datagram(p, &d, OUT);
	send_fragment(p, OUT, &d, 1480, 2008, 0x77); /* before the first */
	assert_int_equal(p->reason, REASON_FRAGMENT_ORPHAN);
	send_fragment(p, OUT, &d, 0, 1480, 0x77);
	send_fragment(p, OUT, &d, 1480, 2008, 0x78);
	assert_int_equal(p->reason, REASON_FRAGMENT_ORPHAN);
	big_datagram(p, &d, IN);
	send_fragment(p, IN, &d, 1480, 2008, 0x77);
	assert_int_equal(p->reason, REASON_FRAGMENT_ORPHAN);
	assert_true(packets_skipped(p, REASON_FRAGMENT_ORPHAN) == 3);
	assert_int_equal(half_of(p, OUT)->fragments, 0);
	big_datagram(p, &d, OUT);
	send_fragment(p, OUT, &d, 1480, 2008, 0x77);
	assert_int_equal(half_of(p, OUT)->fragments, 1);
}

static void fragments_of_untracked_flows_belong_to_no_flow(void **state)
{
	struct pipeline *p = *state;
	struct buf d;

	big_datagram(p, &d, OUT);
	send_fragment(p, OUT, &d, 0, 1480, 0x77);
	send_fragment(p, OUT, &d, 1480, 2008, 0x77);
	assert_int_equal(p->reason, REASON_PASS);
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(all_skipped(p), 0);
}

/* The first bytes of a later fragment are payload, whatever they look like. */
static void a_later_fragment_is_not_parsed(void **state)
{
	struct pipeline *p = *state;
	struct buf d = {.len = 0}, m;
	u32 requests;

	establish_ice(p);
	requests = half_of(p, OUT)->requests;
	msg_check(&m, &(struct check_of){.id = 1});
	put_many(&d, 0, 8);
	put_udp(&d, p->host.port, p->peer.port, m.len);
	put(&d, m.b, m.len);
	send_fragment(p, OUT, &d, 8, d.len, 0x99);
	assert_int_equal(p->reason, REASON_FRAGMENT_ORPHAN);
	assert_int_equal(half_of(p, OUT)->requests, requests);
}

static void a_reused_ip_id_makes_no_new_entry(void **state)
{
	struct pipeline *p = *state;
	struct buf d;

	big_datagram(p, &d, OUT);
	for (u32 id = 1; id <= 3; id++) {
		send_fragment(p, OUT, &d, 0, 1480, id);
		send_fragment(p, OUT, &d, 0, 1480, id);
	}
	assert_true(native_self(p->n)->map_inserted[MAP_FRAGMENTS] == 3);
	assert_true(native_self(p->n)->map_deleted[MAP_FRAGMENTS] == 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(later_fragments_follow_the_first),
		PIPELINE_CASE(a_fragmented_media_packet_counts_once),
		PIPELINE_CASE(the_first_fragment_decides_the_class),
		PIPELINE_CASE(fragments_without_a_first_one_are_orphans),
		PIPELINE_CASE(fragments_of_untracked_flows_belong_to_no_flow),
		PIPELINE_CASE(a_later_fragment_is_not_parsed),
		PIPELINE_CASE(a_reused_ip_id_makes_no_new_entry),
	};

	return pipeline_run("fragment", cases, COUNT(cases));
}
