/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Two CPUs carry packets of one flow in one direction: each packet is counted once, and so are its
 * bytes.
 */
#include "../unit/suite.h"

#include <pthread.h>
#include <sched.h>

#include "../unit/traffic_fixture.h"
#include "p2pscope/stream.h"
#include "prog_run.h"

#define PACKETS 300000 /* of each CPU */

static struct prog_run prog_run;
static int cpus[2];

/* What one CPU does: the same packet again and again. */
struct cpu_task {
	const struct buf *frame;
	const struct bpf_program *program;
	int cpu, err;
};

static void run_one(const struct bpf_program *program, const struct buf *f, u32 repeat, int *err)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->b, .data_size_in = f->len,
		    .repeat = (int)repeat);

	*err = bpf_prog_test_run_opts(bpf_program__fd(program), &opts);
}

static void *carry_packets(void *arg)
{
	struct cpu_task *task = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(task->cpu, &set);
	task->err = sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
	if (!task->err)
		run_one(task->program, task->frame, PACKETS, &task->err);
	return NULL;
}

static void carry_on_both(u8 dir, const struct buf *f)
{
	const struct bpf_program *program =
		dir == DIR_IN ? prog_run.skeleton->progs.xdp_in : prog_run.skeleton->progs.tc_out;
	struct cpu_task tasks[2];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		tasks[i] = (struct cpu_task){.frame = f, .program = program, .cpu = cpus[i]};
		assert_int_equal(pthread_create(&threads[i], NULL, carry_packets, &tasks[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(tasks[i].err, 0);
	}
}

/* A session with ICE, DTLS, and media of SSRC 0xcafe in both directions. */
static struct flow_key make_session(struct traffic *s)
{
	struct flow_key key = {.tag = 1, .proto = PROTO_UDP};
	struct buf f;
	int err;

	prog_run_reset(&prog_run);
	traffic_start(s, false);
	traffic_session(s);
	for (u32 i = 0; i < s->count; i++) {
		const struct traffic_packet *p = &s->packet[i];

		f.len = 0;
		put(&f, p->data, p->len);
		run_one(p->in ? prog_run.skeleton->progs.xdp_in : prog_run.skeleton->progs.tc_out,
			&f, 1, &err);
		assert_int_equal(err, 0);
	}
	key.far = s->peer;
	key.near = s->host;
	return key;
}

static void read_half(const struct flow_key *key, u8 dir, struct flow_dir *half)
{
	struct flow_record record;

	assert_int_equal(
		bpf_map_lookup_elem(bpf_map__fd(prog_run.skeleton->maps.flows), key, &record), 0);
	*half = record.dir[dir];
}

static u64 half_packets(u8 dir, u8 cls)
{
	struct point_counters sum;

	prog_run_sum(&prog_run, prog_run.skeleton->maps.points, 1, (u64 *)&sum, sizeof(sum));
	return sum.packets[dir][CARRIER_UDP][cls];
}

/* Both CPUs carry the message. `before` and `after` are what the flow's direction had counted. */
static void carry_message(u8 dir, const struct buf *m, u8 cls, struct flow_dir *before,
			  struct flow_dir *after)
{
	static struct traffic traffic;
	struct flow_key key = make_session(&traffic);
	u64 class_before = half_packets(dir, cls);
	struct buf f;

	if (dir == DIR_IN)
		frame_udp(&f, traffic.peer, traffic.host, m->b, m->len);
	else
		frame_udp(&f, traffic.host, traffic.peer, m->b, m->len);
	read_half(&key, dir, before);
	carry_on_both(dir, &f);
	read_half(&key, dir, after);
	assert_int_equal(half_packets(dir, cls) - class_before, 2 * PACKETS);
	assert_int_equal(flow_packets(after) - flow_packets(before), 2 * PACKETS);
	assert_int_equal(flow_bytes(after) - flow_bytes(before), 2ull * PACKETS * m->len);
	traffic_free(&traffic);
}

static void media_of_one_stream(void **state)
{
	struct rtp_of of = {.ssrc = 0xcafe, .payload_type = 111, .seq = 20, .len = 160};
	struct flow_dir before, after;
	struct buf m;

	(void)state;
	msg_rtp(&m, &of);
	for (u8 dir = 0; dir < DIR_MAX; dir++) {
		carry_message(dir, &m, CLASS_RTP, &before, &after);
		assert_int_equal(before.stream[0].ssrc, of.ssrc);
		assert_int_equal(after.stream[0].packets - before.stream[0].packets, 2 * PACKETS);
		assert_int_equal(after.stream[0].bytes - before.stream[0].bytes,
				 2ull * PACKETS * m.len);
	}
}

static void rtcp_of_one_flow(void **state)
{
	struct flow_dir before, after;
	struct buf m;

	(void)state;
	msg_rtcp(&m, 0xcafe);
	for (u8 dir = 0; dir < DIR_MAX; dir++) {
		carry_message(dir, &m, CLASS_RTCP, &before, &after);
		assert_int_equal(after.rtcp_packets - before.rtcp_packets, 2 * PACKETS);
	}
}

static void checks_of_one_flow(void **state)
{
	struct check_of of = {.id = 77, .username = "bobb:alic", .role = ROLE_CONTROLLING};
	struct flow_dir before, after;
	struct buf m;

	(void)state;
	msg_check(&m, &of);
	for (u8 dir = 0; dir < DIR_MAX; dir++) {
		carry_message(dir, &m, CLASS_STUN, &before, &after);
		assert_int_equal(after.requests - before.requests, 2 * PACKETS);
	}
}

/* Finds the first two CPUs that this program may run on. Returns false when there is only one. */
static bool find_two_cpus(void)
{
	cpu_set_t allowed;
	int found = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return false;
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			cpus[found++] = cpu;
	return found == 2;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(media_of_one_stream),
		cmocka_unit_test(rtcp_of_one_flow),
		cmocka_unit_test(checks_of_one_flow),
	};
	int err, failed;

	if (!find_two_cpus()) {
		printf("ok 1 # SKIP two CPUs are wanted, there is one\n");
		return 1;
	}
	err = prog_run_open(&prog_run);
	if (err) {
		printf("not ok 1 - the programs can be loaded: %s\n", strerror(-err));
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	prog_run_close(&prog_run);
	return failed != 0;
}
