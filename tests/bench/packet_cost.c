/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one packet costs, in ns of BPF_PROG_TEST_RUN net of an empty program, and as a multiple of the floor
 * (programs/floor.bpf.c) on the same packet. The programs take turns in short chunks in each of five rounds, and only what
 * was measured in one turn is compared: a round's number is the median of its turns, and what is told the median of five rounds.
 */
#include <errno.h>
#include <sched.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../unit/scene.h"
#include "p2pscope/config.h"
#include "p2pscope/event.h"
#include "p2pscope.skel.h"

#define ROUNDS 5
#define TURNS 60 /* of a round: each program, one after the other */
#define REPEAT 10000 /* packets a turn: about a millisecond */
#define FIRST_SIGHTS 3000 /* runs of one packet each, every one of another flow */

enum subject { EMPTY, FLOOR, PLAIN, OURS, SUBJECTS };
enum hook { XDP, TC, HOOKS };

static const char *const subject_names[SUBJECTS] = {"empty", "floor", "floor_not_atomic", "p2pscope"};
static const char *const hook_names[HOOKS] = {"xdp", "tc"};

/* A kind of packet to measure with. */
struct kind {
	const char *name, *what;
	struct buf frame[HOOKS]; /* XDP: it comes in; tc: it goes out */
	double target[HOOKS]; /* the most it may cost, in floors; 0: nothing is asked */
	u8 carrier, cls; /* what we take it for */
	bool no_floor; /* only ours */
	bool first; /* each run is of another flow */
	double ns[SUBJECTS][HOOKS][ROUNDS]; /* net, but for the empty program itself */
	double floors[HOOKS][ROUNDS];
};

enum { MEDIA4, MEDIA6, OTHER_UDP, OTHER_TCP, CONSENT, PROBATION, FIRST, KINDS };

static struct kind kinds[KINDS] = {
	[MEDIA4] = {.name = "media", .what = "media of a session, IPv4", .cls = CLASS_RTP, .target = {1.5, 1.7}},
	[MEDIA6] = {.name = "media_ipv6", .what = "media of a session, IPv6", .cls = CLASS_RTP},
	[OTHER_UDP] = {.name = "other_udp", .what = "UDP that is not RTC", .cls = CLASS_OTHER, .target = {1.0, 0}},
	[OTHER_TCP] = {.name = "other_tcp",
		       .what = "TCP that is not RTC",
		       .carrier = CARRIER_TCP,
		       .cls = CLASS_OTHER,
		       .target = {0.5, 0}},
	[CONSENT] = {.name = "stun_consent", .what = "STUN check of a session", .no_floor = true},
	[PROBATION] = {.name = "stun_probation", .what = "STUN check, not answered yet", .no_floor = true},
	[FIRST] = {.name = "stun_first", .what = "STUN check, first of its flow", .no_floor = true, .first = true},
};

static struct p2pscope_bpf *ours;
static struct bpf_object *theirs;
static int programs[SUBJECTS][HOOKS];

static void die(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static int program_of(const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(theirs, name);

	if (!program)
		die(name, ENOENT);
	return bpf_program__fd(program);
}

static void load(const char *floor_object)
{
	ours = p2pscope_bpf__open_and_load();
	if (!ours)
		die("p2pscope.bpf.o", errno);
	theirs = bpf_object__open_file(floor_object, NULL);
	if (!theirs || bpf_object__load(theirs))
		die(floor_object, errno);
	programs[EMPTY][XDP] = program_of("xdp_empty");
	programs[EMPTY][TC] = program_of("tc_empty");
	programs[FLOOR][XDP] = program_of("xdp_floor");
	programs[FLOOR][TC] = program_of("tc_floor");
	programs[PLAIN][XDP] = program_of("xdp_plain");
	programs[PLAIN][TC] = program_of("tc_plain");
	programs[OURS][XDP] = bpf_program__fd(ours->progs.xdp_in);
	programs[OURS][TC] = bpf_program__fd(ours->progs.tc_out);
}

/* Runs a packet `repeat` times. Gives ns, by the kernel's own clock around all of them. */
static double run(int program, const struct buf *f, u32 repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->b, .data_size_in = f->len, .repeat = (int)repeat);
	int err = bpf_prog_test_run_opts(program, &opts);

	if (err)
		die("test run", err);
	return opts.duration;
}

/* As above, by the processor time of this thread: finer than whole nanoseconds, and not disturbed by who else runs. */
static double run_finely(int program, const struct buf *f)
{
	struct timespec a, b;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	run(program, f, REPEAT);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / REPEAT;
}

/* Plays a scene past the interface: what the host's peer sends comes in, what the host sends goes out. */
static void play(const struct scene *s)
{
	for (u32 i = 0; i < s->count; i++) {
		struct buf f = {.len = 0};

		put(&f, s->packet[i].data, s->packet[i].len);
		run(programs[OURS][s->packet[i].in ? XDP : TC], &f, 1);
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, size_t n)
{
	double *sorted = malloc(n * sizeof(*sorted)), middle;

	if (!sorted)
		die("memory", ENOMEM);
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_size);
	middle = sorted[n / 2];
	free(sorted);
	return middle;
}

/* --- packets --------------------------------------------------------------------------------------------------- */

/* Tells the floor of the flow: it only knows what is in its map. */
static void admit_to_floor(const struct buf *f)
{
	struct bpf_map *map = bpf_object__find_map_by_name(theirs, "floor_flows");
	bool six = f->b[12] == 0x86;
	u64 zeros[3] = {0};
	struct flow_key key = {.tag = 1, .proto = f->b[six ? 20 : 23]};
	const u8 *ports = f->b + (six ? 54 : 34);

	memset(key.beyond.ip.b + 10, six ? 0 : 0xff, 2);
	memset(key.behind.ip.b + 10, six ? 0 : 0xff, 2);
	memcpy(key.beyond.ip.b + (six ? 0 : 12), f->b + (six ? 22 : 26), six ? 16 : 4);
	memcpy(key.behind.ip.b + (six ? 0 : 12), f->b + (six ? 38 : 30), six ? 16 : 4);
	key.beyond.port = (u16)(ports[0] << 8 | ports[1]);
	key.behind.port = (u16)(ports[2] << 8 | ports[3]);
	if (bpf_map_update_elem(bpf_map__fd(map), &key, zeros, BPF_ANY))
		die("floor_flows", errno);
}

/* That the floor does all its work on this packet: else the ratio would flatter us, or slander. */
static void expect_floor_counts(const struct kind *k, enum hook hook)
{
	struct bpf_map *map = bpf_object__find_map_by_name(theirs, "floor_flows");
	u64 before = 0, after = 0, record[3];
	struct flow_key key, *from = NULL;

	for (; !bpf_map_get_next_key(bpf_map__fd(map), from, &key); from = &key)
		if (!bpf_map_lookup_elem(bpf_map__fd(map), &key, record))
			before += record[0];
	run(programs[FLOOR][hook], &k->frame[hook], 10);
	for (from = NULL; !bpf_map_get_next_key(bpf_map__fd(map), from, &key); from = &key)
		if (!bpf_map_lookup_elem(bpf_map__fd(map), &key, record))
			after += record[0];
	if (after != before + 10)
		die(k->what, EINVAL);
}

static u64 ours_counted(const struct kind *k, enum hook hook)
{
	int cpus = libbpf_num_possible_cpus();
	struct point_counters *points = calloc((size_t)cpus, sizeof(*points));
	u32 slot = 1; /* the loopback interface */
	u64 sum = 0;

	if (!points || bpf_map_lookup_elem(bpf_map__fd(ours->maps.points), &slot, points))
		die("points", ENOENT);
	for (int i = 0; i < cpus; i++)
		sum += points[i].packets[hook == XDP ? DIR_IN : DIR_OUT][k->carrier][k->cls];
	free(points);
	return sum;
}

/* That we take the packet for what the table calls it. */
static void expect_ours_counts(const struct kind *k, enum hook hook)
{
	u64 before = ours_counted(k, hook);

	run(programs[OURS][hook], &k->frame[hook], 10);
	if (ours_counted(k, hook) != before + 10)
		die(k->what, EPROTO);
}

/* The same bytes both ways. */
static void both_ways(struct kind *k, struct endpoint host, struct endpoint peer, const struct buf *m)
{
	frame_udp(&k->frame[XDP], peer, host, m->b, m->len);
	frame_udp(&k->frame[TC], host, peer, m->b, m->len);
}

/* A session in the middle of its life, on either family. */
static void make_media(struct kind *k, bool six)
{
	struct rtp_of of = {.ssrc = 0xcafe, .payload_type = 111, .len = 160};
	struct scene s;
	struct buf m;

	scene_begin(&s, six);
	scene_session(&s);
	scene_rtp(&s, 0, 1000, 3);
	scene_rtp(&s, 1, 1000, 3);
	play(&s);
	of.seq = 1003;
	msg_rtp(&m, &of);
	both_ways(k, s.host, s.peer, &m);
	scene_end(&s);
}

static void make_other(struct kind *udp, struct kind *tcp)
{
	struct endpoint host = ep("192.168.0.2", 40000), peer = ep("5.0.0.9", 51820);
	struct tcp_of of = {.seq = 1, .flags = 0x10, .options = 12};
	struct buf m = {.len = 0};

	put_hex(&m, "04000000 01020304 0506070809");
	put_many(&m, 0xa5, 160);
	both_ways(udp, host, peer, &m);
	frame_tcp(&tcp->frame[XDP], peer, host, &of, m.b, m.len);
	frame_tcp(&tcp->frame[TC], host, peer, &of, m.b, m.len);
}

static void make_checks(void)
{
	struct check_of of = {.id = 4711, .username = "bobb:alic", .role = ROLE_CONTROLLING};
	struct endpoint host = ep("192.168.0.2", 7000), peer = ep("5.0.0.2", 7002), stranger = ep("5.0.0.77", 7002);
	struct buf m;

	msg_check(&m, &of);
	both_ways(&kinds[CONSENT], host, peer, &m);
	both_ways(&kinds[PROBATION], host, stranger, &m);
	host.port = 1;
	both_ways(&kinds[FIRST], host, stranger, &m);
}

static void make_all(void)
{
	make_media(&kinds[MEDIA4], false);
	make_media(&kinds[MEDIA6], true);
	make_other(&kinds[OTHER_UDP], &kinds[OTHER_TCP]);
	make_checks();
	for (int k = 0; k < KINDS; k++)
		for (int hook = 0; hook < HOOKS; hook++) {
			expect_ours_counts(&kinds[k], hook);
			if (kinds[k].no_floor)
				continue;
			admit_to_floor(&kinds[k].frame[hook]);
			expect_floor_counts(&kinds[k], hook);
		}
}

/* --- rounds ---------------------------------------------------------------------------------------------------- */

static int take_nothing(void *arg, void *data, size_t size)
{
	(void)arg, (void)data, (void)size;
	return 0;
}

static void empty_ring(void)
{
	static struct ring_buffer *ring;

	if (!ring)
		ring = ring_buffer__new(bpf_map__fd(ours->maps.events), take_nothing, NULL, NULL);
	if (ring)
		ring_buffer__consume(ring);
}

/* Each run of another flow, so one run at a time; the clock around it costs too, but no less around the empty program. */
static double run_first(int program, struct buf *f)
{
	static double ns[FIRST_SIGHTS];
	static u32 port;

	for (u32 i = 0; i < FIRST_SIGHTS; i++, port++) {
		set16(f, 34, (u16)port);
		set16(f, 28, (u16)(0x0500 + (port >> 16))); /* and addresses, when ports are used up */
		ns[i] = run(program, f, 1);
	}
	empty_ring();
	return median(ns, FIRST_SIGHTS);
}

static bool measured(const struct kind *k, enum subject subject)
{
	return !k->no_floor || subject == EMPTY || subject == OURS;
}

static void run_kind(struct kind *k, enum hook hook, int round)
{
	double ns[SUBJECTS][TURNS], floors[TURNS];

	for (int i = 0; i < TURNS; i++) {
		for (int subject = 0; subject < SUBJECTS; subject++) {
			ns[subject][i] = 0;
			if (measured(k, subject))
				ns[subject][i] = run_finely(programs[subject][hook], &k->frame[hook]);
			if (subject != EMPTY)
				ns[subject][i] -= ns[EMPTY][i];
		}
		floors[i] = ns[OURS][i] / ns[FLOOR][i];
	}
	for (int subject = 0; subject < SUBJECTS; subject++)
		k->ns[subject][hook][round] = median(ns[subject], TURNS);
	k->floors[hook][round] = median(floors, TURNS);
}

static void run_round(int round)
{
	for (int hook = 0; hook < HOOKS; hook++)
		for (int i = 0; i < KINDS; i++) {
			struct kind *k = &kinds[i];

			if (!k->first) {
				run_kind(k, hook, round);
				continue;
			}
			k->ns[EMPTY][hook][round] = run_first(programs[EMPTY][hook], &k->frame[hook]);
			k->ns[OURS][hook][round] =
				run_first(programs[OURS][hook], &k->frame[hook]) - k->ns[EMPTY][hook][round];
		}
	empty_ring();
}

/* --- what came out --------------------------------------------------------------------------------------------- */

static double ns_of(const struct kind *k, enum subject subject, enum hook hook)
{
	return median(k->ns[subject][hook], ROUNDS);
}

static void print_row(const struct kind *k, enum hook hook)
{
	double target = k->target[hook], floors = median(k->floors[hook], ROUNDS);

	printf("%-4s %-30s %7.1f", hook_names[hook], k->what, ns_of(k, EMPTY, hook));
	if (k->no_floor) {
		printf(" %7s %10s %9.1f\n", "", "", ns_of(k, OURS, hook));
		return;
	}
	printf(" %7.1f %10.1f %9.1f %8.2f", ns_of(k, FLOOR, hook), ns_of(k, PLAIN, hook), ns_of(k, OURS, hook), floors);
	if (target)
		printf("   <= %.1f %s", target, floors <= target ? "met" : "MISSED");
	printf("\n");
}

static void write_value(FILE *file, const char *name, const double *values, const char *unit, double target)
{
	static bool more;

	fprintf(file, "%s\n{\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", \"target\": ", more ? "," : "[", name,
		median(values, ROUNDS), unit);
	if (target)
		fprintf(file, "%.1f", target);
	else
		fprintf(file, "null");
	fprintf(file, ", \"runs\": [");
	for (int i = 0; i < ROUNDS; i++)
		fprintf(file, "%s%.3f", i ? ", " : "", values[i]);
	fprintf(file, "]}");
	more = true;
}

static void write_kind(FILE *file, const struct kind *k, enum hook hook)
{
	char name[80];

	if (!k->no_floor) {
		snprintf(name, sizeof(name), "%s_%s_over_floor", hook_names[hook], k->name);
		write_value(file, name, k->floors[hook], "ratio", k->target[hook]);
	}
	for (int subject = 0; subject < SUBJECTS; subject++) {
		if (!measured(k, subject))
			continue;
		snprintf(name, sizeof(name), "%s_%s_%s_ns", hook_names[hook], k->name, subject_names[subject]);
		write_value(file, name, k->ns[subject][hook], "ns", 0);
	}
}

static void write_json(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		die(path, errno);
	for (int hook = 0; hook < HOOKS; hook++)
		for (int k = 0; k < KINDS; k++)
			write_kind(file, &kinds[k], hook);
	fprintf(file, "\n]\n");
	if (fclose(file))
		die(path, errno);
}

static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s FLOOR_OBJECT JSON\n", argv[0]);
		return 2;
	}
	stay_on_one_cpu();
	load(argv[1]);
	make_all();
	for (int round = 0; round < ROUNDS; round++)
		run_round(round);
	printf("ns a packet, net of the empty program; median of %d rounds\n", ROUNDS);
	printf("%-4s %-30s %7s %7s %10s %9s %8s\n", "hook", "packet", "empty", "floor", "not atomic", "p2pscope",
	       "floors");
	for (int hook = 0; hook < HOOKS; hook++)
		for (int k = 0; k < KINDS; k++)
			print_row(&kinds[k], hook);
	write_json(argv[2]);
	return 0;
}
