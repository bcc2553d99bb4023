/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs that are measured, loaded side by side, and a test run of one of them. */
#ifndef P2PSCOPE_BENCH_SUBJECTS_H
#define P2PSCOPE_BENCH_SUBJECTS_H

#include <fcntl.h>
#include <linux/if_link.h>

#include "../bpf/prog_run.h"
#include "../unit/packet.h"
#include "measure.h"
#include "programs/next.h"

#include "floor.skel.h"
#include "next.skel.h"
#include "p2pscope/stream.h"

#define LOOPBACK 1 /* the interface of test runs */

enum bench_subject { EMPTY, FLOOR, PLAIN, OURS, SUBJECTS };
enum bench_hook { XDP, TC_IN, TC_OUT, HOOKS };

static const char *const hook_names[HOOKS] = {"xdp", "tc_in", "tc_out"};
static const char *const hook_words[HOOKS] = {"xdp", "tc ingress", "tc egress"};

struct subjects {
	struct prog_run prog_run; /* ours: skeleton, ring and number of CPUs */
	struct floor_bpf *floor;
	struct next_bpf *next;
	int netns;
};

static inline u8 hook_dir(enum bench_hook hook)
{
	return hook == TC_OUT ? DIR_OUT : DIR_IN;
}

static inline int take_nothing(void *arg, void *data, size_t size)
{
	(void)arg, (void)data, (void)size;
	return 0;
}

static inline void load_ours(struct prog_run *run, u32 flows)
{
	struct bpf_program *program;

	run->cpus = libbpf_num_possible_cpus();
	run->skeleton = p2pscope_bpf__open();
	if (!run->skeleton)
		bench_die("p2pscope.bpf.o", errno);
	bpf_object__for_each_program(program, run->skeleton->obj)
	{
		bpf_program__set_autoload(program, false);
	}
	bpf_program__set_autoload(run->skeleton->progs.xdp_in, true);
	bpf_program__set_autoload(run->skeleton->progs.tc_in, true);
	bpf_program__set_autoload(run->skeleton->progs.tc_out, true);
	bpf_map__set_max_entries(run->skeleton->maps.flows, flows);
	if (p2pscope_bpf__load(run->skeleton))
		bench_die("p2pscope.bpf.o", errno);
	run->ring =
		ring_buffer__new(bpf_map__fd(run->skeleton->maps.events), take_nothing, NULL, NULL);
	if (!run->ring)
		bench_die("events", errno);
}

static inline void load_theirs(struct subjects *s, u32 flows)
{
	s->floor = floor_bpf__open();
	if (!s->floor)
		bench_die("floor.bpf.o", errno);
	bpf_map__set_max_entries(s->floor->maps.floor_flows, flows);
	if (floor_bpf__load(s->floor))
		bench_die("floor.bpf.o", errno);
	s->next = next_bpf__open_and_load();
	if (!s->next)
		bench_die("next.bpf.o", errno);
}

/* For each hook and subject a place among those that may be handed packets. */
static inline void list_programs(struct subjects *s)
{
	const struct p2pscope_bpf *ours = s->prog_run.skeleton;
	const struct bpf_program *const programs[HOOKS][SUBJECTS] = {
		{s->floor->progs.xdp_empty, s->floor->progs.xdp_floor, s->floor->progs.xdp_plain,
		 ours->progs.xdp_in},
		{s->floor->progs.tc_empty, s->floor->progs.tc_floor, s->floor->progs.tc_plain,
		 ours->progs.tc_in},
		{s->floor->progs.tc_empty, s->floor->progs.tc_floor, s->floor->progs.tc_plain,
		 ours->progs.tc_out},
	};

	for (u32 place = 0; place < HOOKS * SUBJECTS; place++) {
		const struct bpf_map *map =
			place < SUBJECTS ? s->next->maps.xdp_programs : s->next->maps.tc_programs;
		int fd = bpf_program__fd(programs[place / SUBJECTS][place % SUBJECTS]);

		if (bpf_map_update_elem(bpf_map__fd(map), &place, &fd, BPF_ANY))
			bench_die("a place for a tail call", errno);
	}
}

/*
 * A test run of an XDP program that is attached nowhere changes the kernel's list of those
 * (bpf_dispatcher_change_prog()), and waits for all CPUs, several times as long as it runs. So it
 * is attached, in a network namespace where nothing passes.
 */
static inline void attach_next(struct subjects *s)
{
	if (unshare(CLONE_NEWNET))
		bench_die("a network namespace", errno);
	/* it lasts when the thread has left it */
	s->netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (s->netns < 0)
		bench_die("/proc/self/ns/net", errno);
	if (bpf_xdp_attach(LOOPBACK, bpf_program__fd(s->next->progs.next_xdp), XDP_FLAGS_SKB_MODE,
			   NULL))
		bench_die("XDP at the loopback interface", errno);
}

/* Loads all programs, with room for so many flows in our map and in the floor's. */
static inline void subjects_load(struct subjects *s, u32 flows)
{
	memset(s, 0, sizeof(*s));
	load_ours(&s->prog_run, flows);
	load_theirs(s, flows);
	list_programs(s);
	attach_next(s);
}

/*
 * Makes next_run() hand packets to this program, after changing these fields: NEXT_FIELDS of them,
 * or fewer and NEXT_END.
 */
static inline void next_choose(struct subjects *s, enum bench_hook hook, enum bench_subject subject,
			       const struct next_field *fields)
{
	s->next->bss->chosen = hook * SUBJECTS + subject;
	memcpy(s->next->bss->fields, fields, sizeof(s->next->bss->fields));
}

/*
 * Runs `repeat` packets, each the successor of the one before; `f` is then the last. Returns the ns
 * for each, including those of the loop.
 */
static inline double next_run(struct subjects *s, enum bench_hook hook, struct buf *f, u32 repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->b, .data_size_in = f->len,
		    .data_out = f->b, .data_size_out = sizeof(f->b), .repeat = (int)repeat);
	const struct bpf_program *program =
		hook == XDP ? s->next->progs.next_xdp : s->next->progs.next_tc;
	double begin = thread_ns();
	int err = bpf_prog_test_run_opts(bpf_program__fd(program), &opts);

	if (err)
		bench_die("test run", err);
	if (opts.retval != (u32)(hook == XDP ? PASS_XDP : PASS_TC))
		bench_die("the packet was not passed on", EPROTO);
	return (thread_ns() - begin) / repeat;
}

/* Returns the messages that we took for this class, in a hook's direction. */
static inline u64 ours_counted(const struct subjects *s, u8 dir, u8 carrier, u8 cls)
{
	struct point_counters sum;

	prog_run_sum(&s->prog_run, s->prog_run.skeleton->maps.points, LOOPBACK, (u64 *)&sum,
		     sizeof(sum));
	return sum.packets[dir][carrier][cls];
}

/* Returns the events that we wrote, or had no room for. */
static inline u64 ours_reported(const struct subjects *s)
{
	struct self_counters sum;

	prog_run_sum(&s->prog_run, s->prog_run.skeleton->maps.self, 0, (u64 *)&sum, sizeof(sum));
	return sum.events + sum.events_lost + sum.events_withheld;
}

/*
 * Returns the key of a frame's flow for us and for the floor. The sender of what goes out is the
 * near end.
 */
static inline struct flow_key frame_key(const struct buf *f, u8 dir)
{
	u32 tag = f->b[12] == 0x81 ? 4 : 0, six = f->b[12 + tag] == 0x86, size = six ? 16 : 4;
	const u8 *ip = f->b + 14 + tag, *sender = ip + (six ? 8 : 12),
		 *ports = ip + (six ? 40 : 20);
	struct endpoint from = ep(six ? "::" : "0.0.0.0", (u16)(ports[0] << 8 | ports[1])),
			to = from;
	struct flow_key key = {.tag = LOOPBACK, .proto = ip[six ? 6 : 9]};

	memcpy(from.ip.b + 16 - size, sender, size);
	memcpy(to.ip.b + 16 - size, sender + size, size);
	to.port = (u16)(ports[2] << 8 | ports[3]);
	key.far = dir == DIR_OUT ? to : from;
	key.near = dir == DIR_OUT ? from : to;
	return key;
}

/* Returns the packets of the frame's flow in our record of it, in one direction. */
static inline u64 flow_counted(const struct subjects *s, const struct buf *f, u8 dir)
{
	struct flow_key key = frame_key(f, dir);
	struct flow_record record;

	if (bpf_map_lookup_elem(bpf_map__fd(s->prog_run.skeleton->maps.flows), &key, &record))
		bench_die("flows", errno);
	return flow_packets(&record.dir[dir]);
}

/* As the floor has it: it does not turn what goes out. */
static inline struct flow_key floor_key(const struct buf *f)
{
	return frame_key(f, DIR_IN);
}

/* Enters the frame's flow in the floor's map: it counts only what is there. */
static inline void floor_admit(const struct subjects *s, const struct buf *f)
{
	struct flow_key key = floor_key(f);
	u64 zeros[3] = {0};

	if (bpf_map_update_elem(bpf_map__fd(s->floor->maps.floor_flows), &key, zeros, BPF_ANY))
		bench_die("floor_flows", errno);
}

/* Returns the packets that the floor has counted for the frame's flow. */
static inline u64 floor_counted(const struct subjects *s, const struct buf *f)
{
	struct flow_key key = floor_key(f);
	u64 record[3];

	if (bpf_map_lookup_elem(bpf_map__fd(s->floor->maps.floor_flows), &key, record))
		bench_die("floor_flows", errno);
	return record[0];
}

#endif
