/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/if_link.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "datapath/clsact.h"
#include "datapath/hooks.h"

/* Members of enum bpf_attach_type since kernel 6.6; the installed headers may be older. */
#define ATTACH_TCX_INGRESS ((enum bpf_attach_type)46)
#define ATTACH_TCX_EGRESS ((enum bpf_attach_type)47)

const char *hook_name(enum hook hook)
{
	static const char *const names[] = {
		[HOOK_NONE] = "",   [HOOK_XDP] = "xdp",       [HOOK_XDP_GENERIC] = "xdp-generic",
		[HOOK_TCX] = "tcx", [HOOK_CLSACT] = "clsact",
	};

	return names[hook];
}

static int attach_xdp(struct hooks *hooks, int program, bool generic)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	int fd = bpf_link_create(program, hooks->ifindex, BPF_XDP, &opts);

	if (fd < 0)
		return -errno;
	hooks->ingress_link = fd;
	hooks->ingress = generic ? HOOK_XDP_GENERIC : HOOK_XDP;
	return 0;
}

/* Returns the enum hook that was attached, or -errno. */
static int attach_tc(struct hooks *hooks, int program, bool egress, enum tc_choice choice,
		     int *link)
{
	int err = -EOPNOTSUPP;

	if (choice != TC_CLSACT) {
		int fd = bpf_link_create(program, hooks->ifindex,
					 egress ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS, NULL);

		if (fd >= 0) {
			*link = fd;
			return HOOK_TCX;
		}
		err = -errno;
	}
	if (choice == TC_TCX || err == -ENODEV || err == -EPERM)
		return err;
	err = clsact_attach(hooks->ifindex, egress, program, &hooks->qdisc_made);
	return err ? err : HOOK_CLSACT;
}

static int attach_ingress_tc(struct hooks *hooks, const struct loader *loader, bool l3,
			     enum tc_choice choice)
{
	int program = loader_program_fd(loader, l3 ? PROGRAM_TC_IN_L3 : PROGRAM_TC_IN);
	int hook = attach_tc(hooks, program, false, choice, &hooks->ingress_link);

	if (hook < 0)
		return hook;
	hooks->ingress = (enum hook)hook;
	return 0;
}

static int attach_ingress(struct hooks *hooks, const struct loader *loader, bool l3,
			  const struct hook_choice *choice)
{
	int program = loader_program_fd(loader, PROGRAM_XDP_IN);
	int err;

	if (l3 || choice->ingress == INGRESS_TC)
		return attach_ingress_tc(hooks, loader, l3, choice->tc);
	err = attach_xdp(hooks, program, choice->ingress == INGRESS_GENERIC);
	if (!err || choice->ingress != INGRESS_AUTO)
		return err;
	return attach_ingress_tc(hooks, loader, l3, choice->tc);
}

static int attach_egress(struct hooks *hooks, const struct loader *loader, bool l3,
			 enum tc_choice choice)
{
	int program = loader_program_fd(loader, l3 ? PROGRAM_TC_OUT_L3 : PROGRAM_TC_OUT);
	int hook = attach_tc(hooks, program, true, choice, &hooks->egress_link);

	if (hook < 0)
		return hook;
	hooks->egress = (enum hook)hook;
	return 0;
}

int hooks_attach(struct hooks *hooks, const struct loader *loader, int ifindex, bool l3,
		 const struct hook_choice *choice)
{
	int err;

	*hooks = (struct hooks){.ifindex = ifindex, .ingress_link = -1, .egress_link = -1};
	err = attach_ingress(hooks, loader, l3, choice);
	if (!err)
		err = attach_egress(hooks, loader, l3, choice->tc);
	if (err)
		hooks_detach(hooks);
	return err;
}

void hooks_detach(struct hooks *hooks)
{
	if (hooks->ingress_link >= 0)
		close(hooks->ingress_link);
	if (hooks->egress_link >= 0)
		close(hooks->egress_link);
	if (hooks->ingress == HOOK_CLSACT)
		clsact_detach(hooks->ifindex, false);
	if (hooks->egress == HOOK_CLSACT)
		clsact_detach(hooks->ifindex, true);
	if (hooks->qdisc_made)
		clsact_remove_qdisc(hooks->ifindex);
	*hooks = (struct hooks){.ingress_link = -1, .egress_link = -1};
}

void hooks_clean(int ifindex)
{
	clsact_clean(ifindex);
}

/* Kernels without tcx reject the attach type with EINVAL; those with it only miss the interface. */
bool hooks_have_tcx(const struct loader *loader)
{
	int fd = bpf_link_create(loader_program_fd(loader, PROGRAM_TC_OUT), 0x7fffffff,
				 ATTACH_TCX_EGRESS, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == ENODEV;
}
