/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <utlist.h>

#include "engine/nat/nat_state.h"
#include "engine/nat/removed.h"
#include "util/time.h"

/* A host that goes on asks once more within 6 s (RFC 7675 section 5.1), and media sooner. */
#define REMOVED_KEEP_NS (30 * NS_PER_S)
#define REMOVED_ASK_NS (1 * NS_PER_S)
/* What is asked for before the others is a small part of what one second has room for. */
#define REMOVED_MAX 1024

struct nat_removed {
	struct nat_removed *prev, *next;
	struct nat_remote_key key;
	u64 ask_ns, until_ns;
};

struct conntrack conntrack_question(const struct nat_remote_key *key)
{
	return (struct conntrack){
		.orig_src = key->inside, .orig_dst = key->remote, .proto = (u8)key->proto};
}

static void nat_removed_drop(struct nat *nat, struct nat_removed *gone)
{
	DL_DELETE(nat->removed, gone);
	nat->nremoved--;
	free(gone);
}

void nat_removed_add(struct nat *nat, const struct nat_remote_key *key, u64 now_ns)
{
	struct nat_removed *gone = calloc(1, sizeof(*gone));

	if (!gone)
		return;
	if (nat->nremoved == REMOVED_MAX)
		nat_removed_drop(nat, nat->removed);
	gone->key = *key;
	gone->ask_ns = now_ns + REMOVED_ASK_NS;
	gone->until_ns = now_ns + REMOVED_KEEP_NS;
	DL_APPEND(nat->removed, gone);
	nat->nremoved++;
}

size_t nat_removed_ask(struct nat *nat, struct conntrack *questions, size_t room, u64 now_ns)
{
	struct nat_removed *gone;
	size_t n = 0;

	while (n < room && (gone = nat->removed) && gone->ask_ns <= now_ns) {
		questions[n++] = conntrack_question(&gone->key);
		gone->ask_ns = now_ns + REMOVED_ASK_NS;
		DL_DELETE(nat->removed, gone);
		DL_APPEND(nat->removed, gone);
	}
	return n;
}

bool nat_removed_returns(struct nat *nat, const struct conntrack *question)
{
	struct nat_removed *gone;

	DL_FOREACH(nat->removed, gone)
	{
		if (gone->key.proto == question->proto &&
		    endpoint_equal(&gone->key.inside, &question->orig_src) &&
		    endpoint_equal(&gone->key.remote, &question->orig_dst)) {
			nat_removed_drop(nat, gone);
			return true;
		}
	}
	return false;
}

void nat_removed_expire(struct nat *nat, u64 now_ns)
{
	struct nat_removed *gone, *tmp;

	DL_FOREACH_SAFE(nat->removed, gone, tmp)
		if (gone->until_ns <= now_ns)
			nat_removed_drop(nat, gone);
}

void nat_removed_free(struct nat *nat)
{
	while (nat->removed)
		nat_removed_drop(nat, nat->removed);
}
