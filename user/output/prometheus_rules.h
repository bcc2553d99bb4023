/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Metrics of the firewall rules that hurt sessions. */
#ifndef P2PSCOPE_PROMETHEUS_RULES_H
#define P2PSCOPE_PROMETHEUS_RULES_H

#include <stdio.h>

#include "snapshot/snapshot.h"

/* The engine bounds how many rules there are. */
void write_prometheus_rules(FILE *out, const struct snapshot *snapshot);

#endif
