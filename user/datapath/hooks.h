/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hooks of one interface. Ingress is XDP where the driver supports it and no other XDP
 * program is attached, else tc; devices without link header use tc. Egress is tc. A tc hook is a
 * tcx link where the kernel has them (6.6), else a filter of clsact. Links end with the process,
 * however it ends; filters are removed at the end, and those of a killed process by the next one.
 * Generic XDP is never chosen: it linearizes packets that GRO has merged
 * (netif_receive_generic_xdp() in the kernel's net/core/dev.c), which tc does not.
 */
#ifndef P2PSCOPE_DATAPATH_HOOKS_H
#define P2PSCOPE_DATAPATH_HOOKS_H

#include <stdbool.h>

#include "datapath/loader.h"

enum hook { HOOK_NONE, HOOK_XDP, HOOK_XDP_GENERIC, HOOK_TCX, HOOK_CLSACT };

/* The hooks to use; auto is the order above. */
enum ingress_choice { INGRESS_AUTO, INGRESS_XDP, INGRESS_GENERIC, INGRESS_TC };
enum tc_choice { TC_AUTO, TC_TCX, TC_CLSACT };

struct hook_choice {
	enum ingress_choice ingress;
	enum tc_choice tc;
};

struct hooks {
	int ifindex;
	int ingress_link, egress_link; /* -1: none */
	enum hook ingress, egress;
	bool qdisc_made; /* the clsact qdisc was created by us */
};

/*
 * Attaches both hooks; `l3` is set for a device without link header. Returns 0, or -errno and
 * then no hook is attached.
 */
int hooks_attach(struct hooks *hooks, const struct loader *loader, int ifindex, bool l3,
		 const struct hook_choice *choice);

/* Detaches both hooks. Errors are ignored, as the interface may be gone. */
void hooks_detach(struct hooks *hooks);

/* Removes the filters that a killed process of ours left on an interface. */
void hooks_clean(int ifindex);

/* Returns whether this kernel has tcx links. Attaches nothing. */
bool hooks_have_tcx(const struct loader *loader);

/* Returns "xdp", "xdp-generic", "tcx", "clsact", or "" for HOOK_NONE. */
const char *hook_name(enum hook hook);

#endif
