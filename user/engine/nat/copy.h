/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Mappings, hosts and outside addresses, copied for the outputs. */
#ifndef P2PSCOPE_ENGINE_NAT_COPY_H
#define P2PSCOPE_ENGINE_NAT_COPY_H

#include <stdbool.h>

struct engine;
struct engine_metrics;
struct engine_view;
struct nat;

/* Fills view->mappings. Returns false when memory is out; what is there then is to be freed. */
bool nat_copy_mappings(const struct nat *nat, struct engine_view *view);
/* The same of view->nat, view->hosts and view->outsides. */
bool nat_copy_hosts(const struct engine *e, struct engine_view *view);
/* Fills what the metrics say of mappings, outside ports and the kernel's table. */
void nat_metrics(const struct nat *nat, struct engine_metrics *m);

#endif
