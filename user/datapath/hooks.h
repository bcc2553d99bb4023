/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hooks of one interface. Ingress is XDP where the driver can and no other XDP program is there
 * already, else tc; a device without link header gets tc. Egress is tc. A tc hook is a tcx link
 * where the kernel has it (6.6), else a filter below clsact. Links end with the process, whatever
 * ends it; filters are taken off at the end, and what a killed process left is taken off by the
 * next one. Generic XDP is never chosen: it copies what GRO has merged into one piece
 * (netif_receive_generic_xdp() in net/core/dev.c), which tc does not.
 */
#ifndef P2PSCOPE_DATAPATH_HOOKS_H
#define P2PSCOPE_DATAPATH_HOOKS_H

#include <stdbool.h>

#include "datapath/loader.h"

enum hook { HOOK_NONE, HOOK_XDP, HOOK_XDP_GENERIC, HOOK_TCX, HOOK_CLSACT };

/* What to use; auto is the order above. */
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
	bool qdisc_made; /* the clsact qdisc is ours */
};

/* Gives 0 with both hooks attached, or -errno with none. `l3`: the device has no link header. */
int hooks_attach(struct hooks *hooks, const struct loader *loader, int ifindex, bool l3,
		 const struct hook_choice *choice);

/* Detaches; quietly does what is still possible when the interface is gone. */
void hooks_detach(struct hooks *hooks);

/* Takes off the filters that a killed process of ours left on an interface. */
void hooks_clean(int ifindex);

/* Whether this kernel has tcx links. Attaches nothing. */
bool hooks_have_tcx(const struct loader *loader);

/* "xdp", "xdp-generic", "tcx", "clsact" or "". */
const char *hook_name(enum hook hook);

#endif
