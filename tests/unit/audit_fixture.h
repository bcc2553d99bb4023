/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An audit in which all tests pass, for test cases to change. */
#ifndef P2PSCOPE_TESTS_AUDIT_FIXTURE_H
#define P2PSCOPE_TESTS_AUDIT_FIXTURE_H

#include "audit/report.h"
#include "output_fixture.h"

static struct report report;

/* One path on which all tests pass. */
static inline struct audited *audit_one_way(void)
{
	struct audited *audited = &report.ways[0];

	report = (struct report){.ruleset = "fw.nft", .count = 1};
	*audited = (struct audited){
		.lan = "br-lan", .wan = "eth1", .way = {.lan = 2, .wan = 3, .version = 4}};
	audited->way.host = ep("192.168.1.10", 0).ip;
	audited->way.server = ep("74.125.250.129", 0).ip;
	for (unsigned int need = 0; need < NEED_COUNT; need++)
		audited->findings[need].result = RESULT_PASSES;
	return audited;
}

static inline void block_conversation(struct audited *audited, enum need need, u8 cause,
				      const char *step)
{
	struct finding *finding = &audited->findings[need];

	finding->result = RESULT_BLOCKED;
	finding->cause = cause;
	strcpy(finding->step, step);
}

#endif
