/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The part of the metrics that is about NAT: mappings, hosts, outside addresses, the kernel's table
 * of connections.
 */
#ifndef P2PSCOPE_PROMETHEUS_NAT_H
#define P2PSCOPE_PROMETHEUS_NAT_H

#include <stdio.h>

#include "engine/view.h"

void write_prometheus_nat(FILE *out, const struct engine_metrics *metrics);

#endif
