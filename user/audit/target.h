/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is audited: the running ruleset or one in files, in this machine's network or a model, built
 * as a shadow.
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
	const char *paths[FILES]; /* of files, or NULL; all NULL: the running ruleset */
	char *texts[FILES];
	size_t lengths[FILES];
	struct ruleset listed; /* with the handles that the administrator sees */
	struct legacy_tables legacy; /* of the running ruleset */
	bool offloaded; /* it has flows offloaded to hardware */
	struct shadow shadow; /* shadow_watch() has been called */
	char error[512];
};

/*
 * Reads what `options` name and builds its shadow, which this process enters for good. Returns 0,
 * or -errno with what is wrong and what to do in `error`: one line, which may hold any byte.
 * target_close() must be called in either case.
 */
int target_open(struct audit_target *target, const struct options *options);
void target_close(struct audit_target *target);

/*
 * Replaces the text of a rule that comes from an iptables-save file by its line there; other rules
 * keep theirs.
 */
void target_rule_text(const struct audit_target *target, struct rule *rule);

#endif
