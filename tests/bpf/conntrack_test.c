/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Conntrack is read as it is: real packets through a gateway with NAT, the real object at its
 * interfaces, compared with what conntrack(8) shows.
 */
#include "../unit/suite.h"

#include "datapath.h"

static struct gateway gateway;
static struct datapath datapath;

/* One socket at either end, and what the peer sees of the host. */
struct path {
	struct endpoint host, peer, outside;
	int host_fd, peer_fd;
};

static struct path path_open(const char *host, u16 host_port, const char *peer, u16 peer_port)
{
	struct path p = {.host = ep(host, host_port), .peer = ep(peer, peer_port)};

	p.host_fd = gateway_socket(&gateway, HOST, SOCK_DGRAM, p.host);
	p.peer_fd = gateway_socket(&gateway, PEER, SOCK_DGRAM, p.peer);
	assert_true(p.host_fd >= 0 && p.peer_fd >= 0);
	datapath_forget(&datapath);
	return p;
}

static void path_close(const struct path *p)
{
	close(p->host_fd);
	close(p->peer_fd);
}

static void send_datagram(int fd, const struct buf *m, const struct endpoint *to)
{
	struct sockaddr_storage at;
	socklen_t size = socket_address(to, &at);

	assert_int_equal(sendto(fd, m->b, m->len, 0, (struct sockaddr *)&at, size), m->len);
}

/* Waits for a datagram. Returns who sent it. */
static struct endpoint receive_datagram(int fd)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	u8 data[BUF_MAX];

	if (recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &size) <= 0)
		fail_msg("nothing came: %s", strerror(errno));
	return socket_endpoint(&from);
}

static void send_request(struct path *p, u64 id)
{
	struct check_of of = {.id = id, .username = "bobb:alic"};
	struct buf m;

	msg_check(&m, &of);
	send_datagram(p->host_fd, &m, &p->peer);
	p->outside = receive_datagram(p->peer_fd);
}

static void send_answer_back(const struct path *p, u64 id)
{
	struct buf m;

	msg_answer(&m, id, p->outside);
	send_datagram(p->peer_fd, &m, &p->outside);
	receive_datagram(p->host_fd);
}

static struct flow_key key_at(int ifindex, struct endpoint far, struct endpoint near, u8 proto)
{
	return (struct flow_key){.far = far, .near = near, .tag = (u32)ifindex, .proto = proto};
}

static void assert_tuples(const struct conntrack *is, const struct conntrack *want)
{
	assert_endpoint(&is->orig_src, want->orig_src);
	assert_endpoint(&is->orig_dst, want->orig_dst);
	assert_endpoint(&is->reply_src, want->reply_src);
	assert_endpoint(&is->reply_dst, want->reply_dst);
	assert_int_equal(is->proto, want->proto);
	assert_int_equal(is->zero, 0);
}

/*
 * The only conntrack event since the last look is of this flow, and says what conntrack(8) shows.
 */
static void expect_conntrack_event(const struct flow_key *key, bool known)
{
	const struct event *e = datapath_conntrack(&datapath);
	struct conntrack shown;

	assert_non_null(e);
	assert_int_equal(datapath.nconntrack, 1);
	assert_memory_equal(&e->key, key, sizeof(*key));
	assert_int_equal(e->ifindex, key->tag);
	assert_int_equal(e->dir, DIR_OUT);
	assert_int_equal(e->known, known);
	assert_int_equal(e->count, 1);
	assert_int_equal(e->conntrack.state, CONNTRACK_FOUND);
	assert_true(e->conntrack.left > 0);
	assert_true(datapath_shown(&e->conntrack.orig_src, key->proto, &shown));
	assert_tuples(&e->conntrack, &shown);
	datapath_forget(&datapath);
}

static void expect_silence(void)
{
	assert_null(datapath_conntrack(&datapath));
	assert_int_equal(datapath.nconntrack, 0);
}

/*
 * From the host through masquerade: asked at the WAN by the request, at the LAN by its answer, and
 * never again.
 */
static void expect_masquerade(const char *host, const char *peer, const char *outside)
{
	struct path p = path_open(host, 5000, peer, 5001);
	u64 asked = datapath_self(&datapath).conntrack_asked;
	struct flow_key lan = key_at(gateway.lan, p.host, p.peer, PROTO_UDP), wan;
	struct flow_record record;

	send_request(&p, 1);
	wan = key_at(gateway.wan, p.peer, p.outside, PROTO_UDP);
	assert_in_range(p.outside.port, 40000, 49999);
	assert_endpoint(&p.outside, ep(outside, p.outside.port));
	expect_conntrack_event(&wan, false);
	send_answer_back(&p, 1);
	expect_conntrack_event(&lan, true);
	for (u64 id = 2; id < 20; id++) {
		send_request(&p, id);
		send_answer_back(&p, id);
	}
	expect_silence();
	assert_true(datapath_self(&datapath).conntrack_asked == asked + 2);
	assert_true(datapath_flow(&datapath, &wan, &record));
	assert_endpoint(&record.nat.reply_dst, p.outside);
	assert_true(datapath_flow(&datapath, &lan, &record));
	assert_endpoint(&record.nat.orig_src, p.host);
	path_close(&p);
}

static void masquerade_of_ipv4(void **state)
{
	(void)state;
	expect_masquerade(HOST4, PEER4, OUTSIDE4);
}

static void masquerade_of_ipv6(void **state)
{
	(void)state;
	expect_masquerade(HOST6, PEER6, OUTSIDE6);
}

/* A port forward: it began outside, and leaves by the LAN first. */
static void a_port_forward(void **state)
{
	struct path p = path_open(HOST4, 7000, PEER4, 5011);
	struct endpoint forwarded = ep(OUTSIDE4, FORWARDED);
	struct check_of of = {.id = 100};
	struct flow_key lan = key_at(gateway.lan, p.host, p.peer, PROTO_UDP);
	struct flow_key wan = key_at(gateway.wan, p.peer, forwarded, PROTO_UDP);
	struct buf m;

	(void)state;
	msg_check(&m, &of);
	send_datagram(p.peer_fd, &m, &forwarded);
	assert_endpoint(&p.peer, receive_datagram(p.host_fd));
	assert_endpoint(&datapath_conntrack(&datapath)->conntrack.orig_dst, forwarded);
	assert_endpoint(&datapath_conntrack(&datapath)->conntrack.reply_src, p.host);
	expect_conntrack_event(&lan, false);
	msg_answer(&m, of.id, p.peer);
	send_datagram(p.host_fd, &m, &p.peer);
	receive_datagram(p.peer_fd);
	expect_conntrack_event(&wan, true);
	path_close(&p);
}

static void a_flow_that_is_not_tracked(void **state)
{
	struct path p = path_open(HOST4, 5020, PEER4, UNTRACKED);
	struct self_counters before = datapath_self(&datapath), after;
	struct flow_key wan = key_at(gateway.wan, p.peer, p.host, PROTO_UDP);
	struct probe_record probe;

	(void)state;
	send_request(&p, 200);
	send_request(&p, 201);
	expect_silence();
	assert_endpoint(&p.outside, p.host);
	after = datapath_self(&datapath);
	assert_true(after.conntrack_asked == before.conntrack_asked + 1);
	assert_true(after.conntrack_found == before.conntrack_found);
	assert_true(datapath_probe(&datapath, &wan, &probe));
	assert_int_equal(probe.nat.state, CONNTRACK_NONE);
	path_close(&p);
}

/* The TURN client's first bytes on a connection. */
static void an_allocation_over_tcp(void **state)
{
	struct endpoint host = ep(HOST4, 5030), server = ep(PEER4, 3478), outside;
	int listener = gateway_socket(&gateway, PEER, SOCK_STREAM, server), accepted;
	int client = gateway_socket(&gateway, HOST, SOCK_STREAM, host);
	struct sockaddr_storage at;
	socklen_t size = socket_address(&server, &at);
	struct flow_key wan;
	struct buf m;
	u8 data[100];

	(void)state;
	assert_true(listener >= 0 && client >= 0 && !listen(listener, 1));
	assert_int_equal(connect(client, (struct sockaddr *)&at, size), 0);
	accepted = accept(listener, (struct sockaddr *)&at, &size);
	assert_true(accepted >= 0);
	datapath_forget(&datapath);
	msg_stun(&m, 0x0003, 300);
	msg_attr32(&m, 0x0019, 17u << 24);
	assert_int_equal(send(client, m.b, m.len, 0), m.len);
	assert_int_equal(recv(accepted, data, sizeof(data), 0), m.len);
	outside = socket_endpoint(&at);
	wan = key_at(gateway.wan, server, outside, PROTO_TCP);
	assert_true(datapath_conntrack(&datapath)->conntrack.status & CONNTRACK_ASSURED);
	expect_conntrack_event(&wan, false);
	close(accepted);
	close(client);
	close(listener);
}

/* Entries as they began and as they are answered, and what is not there, all in one batch. */
static void fill_batch(struct conntrack_batch *batch, const struct conntrack *entry)
{
	memset(batch, 0, sizeof(*batch));
	batch->count = CONNTRACK_BATCH;
	for (u32 i = 0; i < CONNTRACK_BATCH; i++) {
		struct conntrack *question = &batch->entry[i];

		question->proto = entry->proto;
		question->orig_src = i & 1 ? entry->reply_src : entry->orig_src;
		question->orig_dst = i & 1 ? entry->reply_dst : entry->orig_dst;
		if (i & 2)
			question->orig_src.port++;
	}
}

static void a_batch_of_questions(void **state)
{
	struct path p = path_open(HOST6, 5040, PEER6, 5041);
	struct conntrack_batch batch, again, asked;
	struct conntrack entry;
	u64 passed, spent;

	(void)state;
	send_request(&p, 400);
	entry = datapath_conntrack(&datapath)->conntrack;
	fill_batch(&batch, &entry);
	asked = batch;
	datapath_look(&datapath, &batch);
	assert_true(batch.ticks > 0);
	for (u32 i = 0; i < CONNTRACK_BATCH; i++) {
		assert_int_equal(batch.entry[i].state, i & 2 ? CONNTRACK_NONE : CONNTRACK_FOUND);
		asked.entry[i].state = CONNTRACK_NONE;
		if (i & 2)
			assert_memory_equal(&batch.entry[i], &asked.entry[i], sizeof(entry));
		else
			assert_tuples(&batch.entry[i], &entry);
	}
	usleep(300000);
	fill_batch(&again, &entry);
	again.count = 1;
	datapath_look(&datapath, &again);
	assert_int_equal(again.entry[1].state, CONNTRACK_NOT_ASKED); /* beyond the count */
	assert_true(again.ticks > batch.ticks);
	passed = again.ticks - batch.ticks;
	spent = (u64)(batch.entry[0].left - again.entry[0].left);
	/* not always the same: the clock may go on between a look at it and one at the entry */
	assert_in_range(spent, passed - passed / 4, passed + passed / 4);
	path_close(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(masquerade_of_ipv4),
		cmocka_unit_test(masquerade_of_ipv6),
		cmocka_unit_test(a_port_forward),
		cmocka_unit_test(a_flow_that_is_not_tracked),
		cmocka_unit_test(an_allocation_over_tcp),
		cmocka_unit_test(a_batch_of_questions),
	};
	int failed = 1;

	if (!gateway_make(&gateway))
		printf("not ok 1 - there is a gateway: %s\n", strerror(errno));
	else if (datapath_open(&datapath, &gateway))
		printf("not ok 1 - the programs watch it: %s\n", strerror(errno));
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	datapath_close(&datapath);
	return failed != 0;
}
