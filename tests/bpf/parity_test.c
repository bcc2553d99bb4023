/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One source, two targets: every case of the pipeline's unit tests once more, with the programs in
 * the kernel beside it. Each packet leaves XDP_PASS or TC_ACT_UNSPEC, is not changed, and has the
 * same consequences as natively.
 *
 * The build finds the suites (parity_suites): all those of tests/unit that send packets through the
 * pipeline, but for the ones whose comment says "Native only".
 */
#define PIPELINE_PARITY
#include "tests/bpf/parity_suites.h"

#include "parity.h"

#define PARITY_SUITE_MAIN(main) main,

int main(void)
{
	static int (*const suites[])(void) = {PARITY_SUITES(PARITY_SUITE_MAIN)};
	int failed = 0;

	if (!parity_open())
		return 1;
	for (parity_in = PARITY_XDP; parity_in <= PARITY_TC; parity_in++)
		for (size_t i = 0; i < COUNT(suites); i++)
			failed += suites[i]();
	prog_run_close(&parity_run);
	return failed != 0;
}
