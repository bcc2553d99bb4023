/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the programs of the bench measure, and how they report. What is compared takes turns of about
 * a millisecond: a ratio is of one turn, a round's number the median of its turns. `packet` turns
 * what they print into tables and bench.json.
 */
#ifndef P2PSCOPE_BENCH_MEASURE_H
#define P2PSCOPE_BENCH_MEASURE_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 5

/* Ends the program with one line. `err` is an errno, of either sign. */
_Noreturn static inline void bench_die(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static inline int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the `n` values. Returns the one in the middle. */
static inline double median_of(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_size);
	return values[n / 2];
}

/* Returns the time of a clock in ns. */
static inline double clock_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Returns the processor time of this thread in ns: other threads do not disturb it. */
static inline double thread_ns(void)
{
	return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

/* Makes this thread run on that CPU alone. */
static inline void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		bench_die("sched_setaffinity", errno);
}

/* Prints one cell of a table, with its name in bench.json: the values of `count` rounds. */
static inline void report_cell(const char *table, const char *row, const char *column,
			       const char *name, const char *unit, const double *values, int count)
{
	printf("%s\t%s\t%s\t%s\t%s", table, row, column, name, unit);
	for (int i = 0; i < count; i++)
		printf("\t%.4f", values[i]);
	printf("\n");
}

#endif
