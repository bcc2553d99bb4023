/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mappings, and what is known of the NATs on the path of a host, as jansson values. All functions
 * return NULL when memory is out.
 */
#ifndef P2PSCOPE_JSON_NAT_H
#define P2PSCOPE_JSON_NAT_H

#include <jansson.h>

#include "engine/nat/nat_view.h"

/*
 * {"proto", "kind", "inside", "outside", "remotes", "created", "refreshed", "ended", "ended_by",
 * "sources", "upstream", "conflict"}
 */
json_t *json_mapping(const struct mapping *mapping);

/* {"gateway", "upstream", "upstream_kind", "path", "meaning"} */
json_t *json_nat(const struct nat_view *nat);

/* {"host", "mappings", "last"} and the members of json_nat() */
json_t *json_host(const struct host_view *host);

/* {"address", "udp_ports", "tcp_ports"} */
json_t *json_outside(const struct outside_view *outside);

#endif
