/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a gateway lets WebRTC through. Each test is a conversation of packets, built as real
 * clients build them and sent through a shadow of the gateway one by one; each answer is sent to
 * the address from which the request left the gateway.
 *
 * All of audit/ runs in the process of `p2pscope audit`, with one thread: that process enters the
 * shadow itself, and nothing of it remains when the process ends. The daemon uses none of it.
 */
#ifndef P2PSCOPE_AUDIT_AUDIT_H
#define P2PSCOPE_AUDIT_AUDIT_H

#include "audit/path.h"
#include "audit/test_list.h"
#include "shadow/ruleset.h"
#include "shadow/shadow.h"

/*
 * Runs all tests on one path through `shadow`, for which shadow_watch() has been called. `listed`
 * is the ruleset with the handles to report, as read before that call. Fills
 * results[0..TEST_COUNT-1]. Returns 0, or -errno when the shadow itself fails; the results are
 * incomplete then.
 */
int audit_path_run(struct shadow *shadow, const struct ruleset *listed,
		   const struct audit_path *path, struct test_result *results);

#endif
