/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading rules as iptables-save(8) writes them. The functions only parse text: any bytes may be in
 * it.
 */
#ifndef P2PSCOPE_SHADOW_IPTABLES_SAVE_H
#define P2PSCOPE_SHADOW_IPTABLES_SAVE_H

#include "shadow/ruleset_listing.h"

/*
 * Returns whether a table does anything: it has a rule or a policy that drops. The kernel also
 * lists tables that somebody has only looked at.
 */
bool iptables_save_has_rules(const char *table);

/*
 * Adds the rules of `text`, which must outlive the ruleset, and the policies that drop to the index
 * of `ruleset`. `family` is "ip" or "ip6"; a rule's handle is its number in its chain, from 1, as
 * `iptables -L --line-numbers` counts. Returns 0 or -ENOMEM.
 */
int iptables_save_index(struct ruleset *ruleset, const char *family, const char *text);

/*
 * Writes into rule->text the line of `text` that made the rule, from its -A on. `text` was loaded
 * with iptables_load(), and `listed` read afterwards; the rule is looked for there by family,
 * table, chain and handle. Returns false, and leaves rule->text alone, when the line cannot be told
 * because the table has lines that do more than add chains and append rules, and for a policy.
 */
bool iptables_save_line(struct span text, const struct ruleset *listed, struct rule *rule);

#endif
