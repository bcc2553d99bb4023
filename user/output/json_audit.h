/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an audit found as a jansson value. */
#ifndef P2PSCOPE_JSON_AUDIT_H
#define P2PSCOPE_JSON_AUDIT_H

#include <jansson.h>

#include "audit/report.h"

/*
 * {"ruleset", "ways": [{"lan", "wan", "family", "host", "server", "media": {"direct", "relay_udp",
 * "relay_tcp", "relay_tls"}, "needs": [{"need", "result", "cause", "rule", "queue", "step", "why",
 * "change"}]}], "hidden", "blocked"}; NULL when memory is out.
 */
json_t *json_audit(const struct audit_report *report);

#endif
