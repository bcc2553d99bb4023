/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An audit in which all tests pass, for test cases to change. */
#ifndef P2PSCOPE_TESTS_AUDIT_FIXTURE_H
#define P2PSCOPE_TESTS_AUDIT_FIXTURE_H

#include "audit/report.h"
#include "output_fixture.h"

static struct audit_report report;

/* One path on which all tests pass. */
static inline struct audited_path *one_path(void)
{
	struct audited_path *audited = &report.paths[0];

	report = (struct audit_report){.ruleset = "fw.nft", .count = 1};
	*audited = (struct audited_path){
		.lan = "br-lan", .wan = "eth1", .path = {.lan = 2, .wan = 3, .version = 4}};
	audited->path.host = ep("192.168.1.10", 0).ip;
	audited->path.server = ep("74.125.250.129", 0).ip;
	for (unsigned int test = 0; test < TEST_COUNT; test++)
		audited->results[test].kind = RESULT_PASSES;
	return audited;
}

static inline void block_conversation(struct audited_path *audited, enum audit_test test, u8 cause,
				      const char *step)
{
	struct test_result *result = &audited->results[test];

	result->kind = RESULT_BLOCKED;
	result->cause = cause;
	strcpy(result->step, step);
}

#endif
