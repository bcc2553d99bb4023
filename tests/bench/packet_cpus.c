/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a packet costs while another CPU carries packets as well: of other flows, or of the same
 * one. Ours and the floor's, and how many times as much as on one CPU alone. Each packet on both
 * must have been counted, once.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "proven.h"

#define TABLE "ns a packet on each CPU; times: of what it costs on one CPU alone"
#define TURNS 11
#define REPEAT 5000
#define PAUSE_US 1000 /* between turns: for who else wants to run */
#define TRIES 50

enum mode { ALONE, OTHER_FLOW, SAME_FLOW, MODES };

static const char *const mode_names[MODES] = {"one_cpu", "two_cpus", "two_cpus_one_flow"};
static const char *const mode_words[MODES] = {"one CPU", "two CPUs", "two CPUs, one flow"};

/* A flood has no flow of its own. Of a TCP connection one CPU carries a direction. */
static const struct {
	int kind;
	enum mode last;
	bool known; /* we have a record of its flow */
} chosen[] = {
	{MEDIA4, SAME_FLOW, true},         {MEDIA_CHANNEL, SAME_FLOW, true},
	{MEDIA_ICE_TCP, OTHER_FLOW, true}, {CONSENT, SAME_FLOW, true},
	{OTHER_UDP, SAME_FLOW, false},     {OTHER_TCP, SAME_FLOW, false},
	{QUIC, SAME_FLOW, false},          {FLOOD, OTHER_FLOW, false},
};

#define CHOSEN (sizeof(chosen) / sizeof(chosen[0]))

/* Of one kind at one hook in one mode: turn by turn, and round by round. */
struct turns {
	double ns[SUBJECTS][TURNS], floors[TURNS], times[SUBJECTS][TURNS];
};

struct cpus_cost {
	double ns[SUBJECTS][ROUNDS], floors[ROUNDS], times[SUBJECTS][ROUNDS];
};

static struct subjects subjects;
/* the first CPU's; the second's in each of the other modes */
static struct bench_kind kinds[MODES][KINDS];
static struct cpus_cost costs[HOOKS][CHOSEN][MODES];

/* What both CPUs do next. */
static struct {
	enum bench_hook hook;
	enum bench_subject subject;
	enum mode mode;
	int kind;
} job;

/* One CPU's part of a turn: by its processor time, and from when to when by the wall clock. */
struct part {
	double ns, begin, end;
};

static struct part parts[2];
static pthread_barrier_t barrier;
static atomic_int there;
static int cpus[2];

/* `set`: whose packets they are. */
static double run_job(enum mode set)
{
	return next_run(&subjects, job.hook,
			&kinds[set][job.kind].frame[hook_dir(job.hook)][job.subject], REPEAT);
}

/* Both are awake behind the barrier, which let one of them sleep, and begin when the other does. */
static void run_part(int cpu)
{
	pthread_barrier_wait(&barrier);
	atomic_fetch_add(&there, 1);
	while (atomic_load(&there) < 2)
		;
	parts[cpu].begin = clock_of(CLOCK_MONOTONIC);
	parts[cpu].ns = run_job(cpu ? job.mode : ALONE);
	parts[cpu].end = clock_of(CLOCK_MONOTONIC);
	pthread_barrier_wait(&barrier);
}

/*
 * Nobody else runs there meanwhile: with both CPUs shared, they would seldom run at the same time.
 * Turns are short.
 */
static void take_cpu(int cpu)
{
	struct sched_param first = {.sched_priority = 1};

	stay_on(cpu);
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		bench_die("sched_setscheduler", errno);
}

static void *second_cpu(void *arg)
{
	take_cpu(cpus[1]);
	for (;;)
		run_part(1);
	return arg;
}

/* Returns for which part of the turn both CPUs were running. One may be slower than the other. */
static double cpus_overlap(void)
{
	double begin = fmax(parts[0].begin, parts[1].begin), end = fmin(parts[0].end, parts[1].end);

	return (end - begin) /
	       (fmax(parts[0].end, parts[1].end) - fmin(parts[0].begin, parts[1].begin));
}

/* Returns the ns that a packet took on each of the CPUs. */
static double run_both(void)
{
	if (job.mode == SAME_FLOW)
		kinds[SAME_FLOW][job.kind] = kinds[0][job.kind];
	atomic_store(&there, 0);
	run_part(0);
	return (parts[0].ns + parts[1].ns) / 2;
}

/* Returns how many packets were counted so far, of the flows that take part in the job. */
static u64 cpus_counted(bool known)
{
	u8 dir = hook_dir(job.hook);
	u64 sum = 0;

	if (job.subject == OURS && !known)
		return ours_counted(&subjects, dir, kinds[0][job.kind].carrier,
				    kinds[0][job.kind].cls);
	for (int set = 0; set <= (job.mode == OTHER_FLOW); set++) {
		const struct buf *f = &kinds[set][job.kind].frame[dir][job.subject];

		sum += job.subject == OURS ? flow_counted(&subjects, f, dir)
					   : floor_counted(&subjects, f);
	}
	return sum;
}

/* Returns the ns that a packet took, and checks that all were counted once. */
static double run_counted(bool known)
{
	u64 before = job.subject == EMPTY ? 0 : cpus_counted(known);
	double ns = job.mode == ALONE ? run_job(ALONE) : run_both();

	if (job.subject != EMPTY &&
	    cpus_counted(known) != before + (job.mode == ALONE ? REPEAT : 2 * REPEAT))
		bench_die("packets of two CPUs were not counted once each", EPROTO);
	return ns;
}

/* A turn in which one CPU was kept away until the other had done its part is repeated. */
static double cpus_run_turn(enum bench_subject subject, enum mode mode, bool known)
{
	double ns;

	job.subject = subject;
	job.mode = mode;
	usleep(PAUSE_US);
	next_choose(&subjects, job.hook, subject, kinds[0][job.kind].fields);
	for (int tries = 0; tries < TRIES; tries++) {
		ns = run_counted(known);
		if (mode == ALONE || cpus_overlap() > 0.7)
			return ns;
	}
	bench_die("the two CPUs are too busy to be measured together", EBUSY);
}

/* The three programs in one mode, one after the other. */
static void run_mode(struct turns *turns, enum mode mode, u32 place, int i)
{
	static const enum bench_subject both[] = {FLOOR, OURS};
	double empty = cpus_run_turn(EMPTY, mode, chosen[place].known);
	struct turns *t = &turns[mode];

	for (int n = kind_list[job.kind].strangers; n < 2; n++) {
		enum bench_subject subject = both[n];

		t->ns[subject][i] = cpus_run_turn(subject, mode, chosen[place].known) - empty;
		t->times[subject][i] = t->ns[subject][i] / turns[ALONE].ns[subject][i];
	}
	t->floors[i] = t->ns[OURS][i] / t->ns[FLOOR][i];
}

static void cpus_run_round(enum bench_hook hook, u32 place, int round)
{
	static struct turns turns[MODES];

	job.hook = hook;
	job.kind = chosen[place].kind;
	kind_again(&subjects, kinds[ALONE], job.kind);
	kind_again(&subjects, kinds[OTHER_FLOW], job.kind);
	for (int i = 0; i < TURNS; i++)
		for (enum mode mode = 0; mode <= chosen[place].last; mode++)
			run_mode(turns, mode, place, i);
	for (enum mode mode = 0; mode <= chosen[place].last; mode++) {
		struct cpus_cost *cost = &costs[hook][place][mode];

		for (int subject = FLOOR; subject < SUBJECTS; subject++) {
			cost->ns[subject][round] = median_of(turns[mode].ns[subject], TURNS);
			cost->times[subject][round] = median_of(turns[mode].times[subject], TURNS);
		}
		cost->floors[round] = median_of(turns[mode].floors, TURNS);
	}
}

static void tell_subject(const struct cpus_cost *cost, enum bench_subject subject, enum mode mode,
			 const char *row, const char *prefix)
{
	const char *word = subject == OURS ? "p2pscope" : "floor";
	char name[120], column[40];

	snprintf(name, sizeof(name), "%s_%s_ns", prefix, word);
	report_cell(TABLE, row, word, name, "ns", cost->ns[subject], ROUNDS);
	if (mode == ALONE)
		return;
	snprintf(name, sizeof(name), "%s_%s_times", prefix, word);
	snprintf(column, sizeof(column), "%s, times", word);
	report_cell(TABLE, row, column, name, "ratio", cost->times[subject], ROUNDS);
}

static void cpus_report_cost(enum bench_hook hook, u32 place, enum mode mode)
{
	const struct cpus_cost *cost = &costs[hook][place][mode];
	const struct bench_kind *k = &kind_list[chosen[place].kind];
	char row[120], prefix[80], name[120];

	snprintf(row, sizeof(row), "%-10s  %s; %s", hook_words[hook], k->what, mode_words[mode]);
	snprintf(prefix, sizeof(prefix), "%s_%s_%s", hook_names[hook], k->name, mode_names[mode]);
	if (!k->strangers)
		tell_subject(cost, FLOOR, mode, row, prefix);
	tell_subject(cost, OURS, mode, row, prefix);
	snprintf(name, sizeof(name), "%s_over_floor", prefix);
	if (!k->strangers)
		report_cell(TABLE, row, "floors", name, "ratio", cost->floors, ROUNDS);
}

/* Finds the first two CPUs that this program may run on. */
static void find_cpus(void)
{
	cpu_set_t allowed;
	int found = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		bench_die("sched_getaffinity", errno);
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			cpus[found++] = cpu;
	if (found < 2)
		bench_die("two CPUs are wanted, there is one", ENODEV);
}

int main(void)
{
	pthread_t second;

	find_cpus();
	subjects_load(&subjects, 262144);
	make_kinds(&subjects, kinds[ALONE], 0);
	make_kinds(&subjects, kinds[OTHER_FLOW], 1);
	if (pthread_barrier_init(&barrier, NULL, 2) ||
	    pthread_create(&second, NULL, second_cpu, NULL))
		bench_die("a second thread", EAGAIN);
	take_cpu(cpus[0]);
	for (int round = 0; round < ROUNDS; round++)
		for (int hook = 0; hook < HOOKS; hook++)
			for (u32 place = 0; place < CHOSEN; place++)
				cpus_run_round(hook, place, round);
	for (int hook = 0; hook < HOOKS; hook++)
		for (u32 place = 0; place < CHOSEN; place++)
			for (enum mode mode = 0; mode <= chosen[place].last; mode++)
				cpus_report_cost(hook, place, mode);
	return 0;
}
