/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is audited: the running ruleset or files, in a network that is this machine's or a model, in
 * a shadow of both.
 */
#ifndef P2PSCOPE_AUDIT_TARGET_H
#define P2PSCOPE_AUDIT_TARGET_H
#include "audit/sides.h"
#include "shadow/iptables_legacy.h"
#include "shadow/shadow.h"

enum { FILE_NFT, FILE_IPTABLES, FILE_IP6TABLES, FILES };

struct audit_target {
	char name[512]; /* of the ruleset, for people */
	struct network network;
	struct gateway_sides sides;
	const char *paths[FILES]; /* NULL: not asked for; all of them: it is the running ruleset */
	char *texts[FILES];
	size_t lengths[FILES];
	struct ruleset listed; /* with the handles that people know */
	struct legacy_tables legacy; /* of the running ruleset */
	bool offloaded; /* to hardware */
	struct shadow shadow; /* watched */
	char error[512];
};

/*
 * Reads what `options` name and makes the shadow of it, which the process then is in. Gives 0, or
 * -errno with what is wrong and what to do in `error`: one line, which may hold any byte.
 * target_close() must be called in any case.
 */
int target_open(struct audit_target *target, const struct options *options);
void target_close(struct audit_target *target);

/* Gives a rule of a file that iptables-save(8) wrote the text that it has there. */
void target_rule_text(const struct audit_target *target, struct rule *rule);

#endif
