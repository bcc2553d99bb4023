/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one packet costs at each hook, in ns of BPF_PROG_TEST_RUN net of an empty program, and as a
 * multiple of the floor (programs/floor.bpf.c) on the same packet.
 */
#include "proven.h"

#define TURNS 41 /* of a round: each program, one after the other */
#define REPEAT 5000 /* packets a turn: about a millisecond */
#define FIRST_SIGHTS 3000 /* the same of first checks: the ring stays less than half full */

/* Of one kind at one hook; net, but for the empty program itself. */
struct cost_rounds {
	double ns[SUBJECTS][ROUNDS], floors[ROUNDS];
};

static struct subjects subjects;
static struct bench_kind kinds[KINDS];
static struct cost_rounds costs[HOOKS][KINDS];

static bool cost_measured(const struct bench_kind *k, enum bench_subject subject)
{
	return !k->strangers || subject == EMPTY || subject == OURS;
}

/*
 * Makes room in all maps and in the ring for checks on new flows. Returns how many packets to run.
 */
static u32 prepare_turn(int kind)
{
	if (kind != FIRST)
		return REPEAT;
	prog_run_clear_hash(subjects.prog_run.skeleton->maps.probation);
	ring_buffer__consume(subjects.prog_run.ring);
	return FIRST_SIGHTS;
}

static double cost_run_turn(enum bench_hook hook, int kind, enum bench_subject subject, u32 repeat)
{
	struct bench_kind *k = &kinds[kind];

	next_choose(&subjects, hook, subject, k->fields);
	return next_run(&subjects, hook, &k->frame[hook_dir(hook)][subject], repeat);
}

static void cost_run_round(enum bench_hook hook, int kind, int round)
{
	struct cost_rounds *cost = &costs[hook][kind];
	double ns[SUBJECTS][TURNS] = {0}, floors[TURNS];

	kind_again(&subjects, kinds, kind);
	for (int i = 0; i < TURNS; i++) {
		u32 repeat = prepare_turn(kind);

		for (int subject = 0; subject < SUBJECTS; subject++) {
			if (!cost_measured(&kinds[kind], subject))
				continue;
			ns[subject][i] = cost_run_turn(hook, kind, subject, repeat);
			if (subject != EMPTY)
				ns[subject][i] -= ns[EMPTY][i];
		}
		floors[i] = ns[OURS][i] / ns[FLOOR][i];
	}
	for (int subject = 0; subject < SUBJECTS; subject++)
		cost->ns[subject][round] = median_of(ns[subject], TURNS);
	cost->floors[round] = median_of(floors, TURNS);
}

static void cost_report(enum bench_hook hook, int kind)
{
	static const char *const columns[SUBJECTS] = {"empty", "floor", "not atomic", "p2pscope"};
	static const char *const names[SUBJECTS] = {"empty", "floor", "floor_not_atomic",
						    "p2pscope"};
	const struct cost_rounds *cost = &costs[hook][kind];
	const struct bench_kind *k = &kinds[kind];
	char row[80], name[120];

	snprintf(row, sizeof(row), "%-10s  %s", hook_words[hook], k->what);
	for (int subject = 0; subject < SUBJECTS; subject++) {
		snprintf(name, sizeof(name), "%s_%s_%s_ns", hook_names[hook], k->name,
			 names[subject]);
		if (cost_measured(k, subject))
			report_cell("ns a packet, net of the empty program", row, columns[subject],
				    name, "ns", cost->ns[subject], ROUNDS);
	}
	snprintf(name, sizeof(name), "%s_%s_over_floor", hook_names[hook], k->name);
	if (!k->strangers)
		report_cell("ns a packet, net of the empty program", row, "floors", name, "ratio",
			    cost->floors, ROUNDS);
}

/*
 * Prints what is the same in every run: the size of a program as the kernel compiled it, and how
 * many instructions its verifier checked.
 */
static void tell_size(const struct bpf_program *program)
{
	static const char *const columns[] = {"instructions", "bytes of machine code", "verified"};
	static const char *const names[] = {"instructions", "machine_code_bytes",
					    "verified_instructions"};
	const char *row = bpf_program__name(program);
	struct bpf_prog_info info = {0};
	u32 size = sizeof(info);
	char name[120];

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		bench_die(row, errno);
	for (int i = 0; i < 3; i++) {
		double value = i == 0   ? info.xlated_prog_len / 8.0
			       : i == 1 ? info.jited_prog_len
					: info.verified_insns;

		snprintf(name, sizeof(name), "%s_%s", row, names[i]);
		report_cell("programs in the kernel", row, columns[i], name,
			    i == 1 ? "bytes" : "instructions", &value, 1);
	}
}

int main(void)
{
	stay_on(sched_getcpu());
	subjects_load(&subjects, 262144);
	make_kinds(&subjects, kinds, 0);
	for (int round = 0; round < ROUNDS; round++)
		for (int hook = 0; hook < HOOKS; hook++)
			for (int kind = 0; kind < KINDS; kind++)
				cost_run_round(hook, kind, round);
	for (int hook = 0; hook < HOOKS; hook++)
		for (int kind = 0; kind < KINDS; kind++)
			cost_report(hook, kind);
	tell_size(subjects.prog_run.skeleton->progs.xdp_in);
	tell_size(subjects.prog_run.skeleton->progs.tc_in);
	tell_size(subjects.prog_run.skeleton->progs.tc_out);
	return 0;
}
