/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flood of forged requests leaves what is known as it is, and shows as evictions. */
#include "../unit/suite.h"

#include "datapath.h"

#define FLOOD 1000000
#define KNOWN 16
#define SLICE 50000 /* packets from one look at the known flows to the next */

static struct gateway gateway;
static struct datapath datapath;

struct known {
	struct flow_key key;
	struct flow_record record;
};

static void run_tc(const struct buf *f)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->b, .data_size_in = f->len);

	assert_int_equal(
		bpf_prog_test_run_opts(loader_program_fd(datapath.loader, PROGRAM_TC_OUT), &opts),
		0);
}

static void run_in(const struct buf *f)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->b, .data_size_in = f->len);

	assert_int_equal(
		bpf_prog_test_run_opts(loader_program_fd(datapath.loader, PROGRAM_TC_IN), &opts),
		0);
}

/*
 * A flow that leaves by the interface of test runs, and is answered. An entry is there already, as
 * NAT made it.
 */
static void make_flow_known(struct known *known, u16 port)
{
	struct endpoint host = ep(OUTSIDE4, port), peer = ep(PEER4, 5001);
	struct check_of of = {.id = port, .username = "bobb:alic"};
	struct buf m, f;

	assert_true(gateway_run(&gateway, GATEWAY,
				"conntrack -I -p udp -s " HOST4 " -d " PEER4
				" --sport %u --dport 5001 -r " PEER4 " -q " OUTSIDE4
				" --reply-port-src 5001 --reply-port-dst %u -t 600 2>/dev/null",
				port, port));
	known->key = (struct flow_key){.far = peer, .near = host, .tag = 1, .proto = PROTO_UDP};
	msg_check(&m, &of);
	frame_udp(&f, host, peer, m.b, m.len);
	run_tc(&f);
	msg_answer(&m, of.id, host);
	frame_udp(&f, peer, host, m.b, m.len);
	run_in(&f);
	assert_true(datapath_flow(&datapath, &known->key, &known->record));
	assert_int_equal(known->record.nat.state, CONNTRACK_FOUND);
	assert_endpoint(&known->record.nat.orig_src, ep(HOST4, port));
}

static void assert_unchanged(const struct known *known)
{
	struct flow_record record;

	for (int i = 0; i < KNOWN; i++) {
		assert_true(datapath_flow(&datapath, &known[i].key, &record));
		assert_memory_equal(&record, &known[i].record, sizeof(record));
	}
}

static u64 random_next(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Requests with sources and transaction ids of chance. */
static void flood_probation(u32 count, u64 *state)
{
	struct check_of of = {.username = "bobb:alic"};
	struct buf m, f;

	msg_check(&m, &of);
	frame_udp(&f, ep("10.0.0.1", 1), ep(PEER4, 5001), m.b, m.len);
	while (count--) {
		u64 source = random_next(state), id = random_next(state);

		memcpy(f.b + 27, &source, 3); /* 10.x.y.z */
		memcpy(f.b + 34, (u8 *)&source + 3, 2); /* its port */
		memcpy(f.b + 50, &id, 8);
		run_tc(&f);
	}
}

static u64 count_probation(void)
{
	struct flow_key key, next;
	void *from = NULL;
	u64 count = 0;

	while (!bpf_map_get_next_key(datapath.probation, from, &next)) {
		key = next;
		from = &key;
		count++;
	}
	return count;
}

static void a_million_spoofed_requests(void **state)
{
	static struct known known[KNOWN];
	u64 evicted[MAP_COUNT], random = 0x9e3779b97f4a7c15, kept, pushed_out;
	struct self_counters self;

	(void)state;
	for (u16 i = 0; i < KNOWN; i++)
		make_flow_known(&known[i], 5000 + i);
	loader_evicted(datapath.loader, &(struct self_counters){0}, evicted);
	assert_true(evicted[MAP_PROBATION] == 0);
	for (u32 done = 0; done < FLOOD; done += SLICE) {
		flood_probation(SLICE, &random);
		assert_unchanged(known);
		datapath_forget(&datapath);
	}
	self = datapath_self(&datapath);
	kept = count_probation();
	pushed_out = self.map_inserted[MAP_PROBATION] - self.map_deleted[MAP_PROBATION] - kept;
	loader_evicted(datapath.loader, &self, evicted);
	printf("# inserted %llu, kept %llu, pushed out %llu, told %llu; events %llu, withheld "
	       "%llu, lost %llu\n",
	       self.map_inserted[MAP_PROBATION], kept, pushed_out, evicted[MAP_PROBATION],
	       self.events, self.events_withheld, self.events_lost);
	assert_true(kept <= 65536);
	assert_true(evicted[MAP_PROBATION] > FLOOD * 9ull / 10 &&
		    evicted[MAP_PROBATION] <= pushed_out);
	assert_true(evicted[MAP_FLOWS] == 0 && evicted[MAP_CHANNELS] == 0);
	assert_true(self.map_deleted[MAP_PROBATION] == KNOWN &&
		    self.map_inserted[MAP_FLOWS] == KNOWN);
	assert_true(self.conntrack_found == KNOWN);
	assert_true(self.conntrack_asked <= FLOOD + KNOWN &&
		    self.conntrack_asked > FLOOD * 9ull / 10);
}

/* The number of evictions never falls. */
static void evictions_only_grow(void **state)
{
	struct self_counters self = {.map_inserted[MAP_CHANNELS] = 65536 + 10};
	u64 evicted[MAP_COUNT];

	(void)state;
	loader_evicted(datapath.loader, &self, evicted);
	assert_true(evicted[MAP_CHANNELS] == 10);
	self.map_deleted[MAP_CHANNELS] = 8;
	loader_evicted(datapath.loader, &self, evicted);
	assert_true(evicted[MAP_CHANNELS] == 10);
	self.map_inserted[MAP_FLOWS] = ~0ull;
	loader_evicted(datapath.loader, &self, evicted);
	assert_true(evicted[MAP_FLOWS] == 0); /* it pushes nothing out */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_spoofed_requests),
		cmocka_unit_test(evictions_only_grow),
	};
	int failed = 1;

	if (!gateway_make(&gateway) || !gateway_run(&gateway, GATEWAY, "ip link set lo up"))
		printf("not ok 1 - there is a gateway: %s\n", strerror(errno));
	else if (datapath_open(&datapath, &gateway))
		printf("not ok 1 - the programs watch it: %s\n", strerror(errno));
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	datapath_close(&datapath);
	return failed != 0;
}
