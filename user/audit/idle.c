/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/idle.h"
#include "shadow/ct_entry.h"

/*
 * seconds: consent is checked every 5 (RFC 7675), keepalives are sent every 15 (RFC 8445 section
 * 11)
 */
#define NEEDED_S 30
#define YOUNG_US 2100000 /* how long an answered flow keeps the short timeout (udp_packet()) */
/* the kernel reports whole seconds, rounded down */
#define HALF_US 500000
#define SETTING(name) "/proc/sys/net/netfilter/nf_conntrack_" name

static s32 read_timeout(const char *path)
{
	char value[16];

	return sysctl_read(path, value, sizeof(value)) ? 0 : atoi(value);
}

static int read_left(const struct shadow *shadow, const struct conversation_state *state,
		     struct ct_entry *entry)
{
	const struct conntrack packet = {
		.orig_src = state->host, .orig_dst = state->remote, .proto = state->proto};

	return ct_entry_read(shadow->conntrack, &packet, entry);
}

/* A flow in a flowtable reports no timeout; when it returns to the stack it gets the usual one. */
static bool is_usual(s32 left)
{
	s32 young = read_timeout(SETTING("udp_timeout"));

	return !left || (left <= young && left >= young - 1);
}

/* A timeout that a rule sets (`ct timeout`) shows once the flow is no longer young. */
static int measure_old(const struct shadow *shadow, const struct audit_path *path,
		       const struct audit_conversation *conversation,
		       struct conversation_state *state, struct ct_entry *entry)
{
	struct conversation_end end;
	int err;

	usleep(YOUNG_US);
	err = conversation_run(shadow, path, conversation, state, &end);
	usleep(HALF_US);
	if (!err)
		err = read_left(shadow, state, entry);
	entry->conntrack.left++;
	return err;
}

static void classify_timeout(s32 left, bool usual, struct test_result *result)
{
	snprintf(result->step, sizeof(result->step), "%d s without a packet", left);
	if (left >= NEEDED_S)
		return;
	result->kind = RESULT_BLOCKED;
	result->cause = CAUSE_CONNTRACK;
	snprintf(result->why, sizeof(result->why), "conntrack forgets it after %d s: %s", left,
		 usual ? "net.netfilter.nf_conntrack_udp_timeout_stream"
		       : "a timeout that a rule sets");
}

int idle_measure(const struct shadow *shadow, const struct audit_path *path,
		 const struct audit_conversation *conversation, struct conversation_state *state,
		 struct test_result *result)
{
	struct ct_entry entry;
	bool usual;
	int err = read_left(shadow, state, &entry);

	if (err)
		return err;
	if (entry.conntrack.state != CONNTRACK_FOUND) {
		strcpy(result->step, "no conntrack");
		return 0;
	}
	usual = is_usual(entry.conntrack.left);
	if (usual)
		entry.conntrack.left = read_timeout(SETTING("udp_timeout_stream"));
	else
		err = measure_old(shadow, path, conversation, state, &entry);
	if (!err)
		classify_timeout(entry.conntrack.left, usual, result);
	return err;
}
