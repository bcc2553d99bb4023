/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "source/reasons.h"

#define PREFIX "SKB_DROP_REASON_"
#define REASON_NUMBERS 512 /* the core's own list is below 200; subsystems have theirs above 65535 */

struct reasons {
	char *names[REASON_NUMBERS];
};

static const struct {
	const char *name;
	enum cause cause;
} causes[] = {
	{"NETFILTER_DROP", CAUSE_RULE},
	{"IP_RPFILTER", CAUSE_RPFILTER},
	{"XDP", CAUSE_XDP},
	{"TC_EGRESS", CAUSE_TC},
	{"TC_INGRESS", CAUSE_TC},
	{"IP_OUTNOROUTES", CAUSE_NO_ROUTE},
	{"IP_INNOROUTES", CAUSE_NO_ROUTE},
	{"PKT_TOO_BIG", CAUSE_MTU},
	/* nobody listens (any more), which is no block */
	{"NO_SOCKET", CAUSE_NONE},
	{"SOCKET_CLOSE", CAUSE_NONE},
};

/* TCP's own housekeeping: duplicates, what is outside the window, closed connections. */
#define TCP_HOUSEKEEPING "TCP_"

static int keep(struct reasons *reasons, const char *name, u32 number)
{
	if (number >= REASON_NUMBERS || strncmp(name, PREFIX, strlen(PREFIX)))
		return 0;
	reasons->names[number] = strdup(name + strlen(PREFIX));
	return reasons->names[number] ? 0 : -ENOMEM;
}

static int read_list(struct reasons *reasons, const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "skb_drop_reason", BTF_KIND_ENUM);
	const struct btf_type *type;
	const struct btf_enum *values;
	int err = 0;

	if (id < 0)
		return -ENOENT;
	type = btf__type_by_id(btf, (u32)id);
	values = btf_enum(type);
	for (int i = 0; !err && i < btf_vlen(type); i++)
		err = keep(reasons, btf__name_by_offset(btf, values[i].name_off), (u32)values[i].val);
	return err;
}

int reasons_read(struct reasons **out)
{
	struct reasons *reasons = calloc(1, sizeof(*reasons));
	struct btf *btf;
	int err;

	if (!reasons)
		return -ENOMEM;
	btf = btf__load_vmlinux_btf();
	err = btf ? read_list(reasons, btf) : -errno;
	btf__free(btf);
	if (err) {
		reasons_free(reasons);
		return err;
	}
	*out = reasons;
	return 0;
}

void reasons_free(struct reasons *reasons)
{
	if (!reasons)
		return;
	for (int i = 0; i < REASON_NUMBERS; i++)
		free(reasons->names[i]);
	free(reasons);
}

static enum cause cause_of(const char *name)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(causes[i].name, name))
			return causes[i].cause;
	return strncmp(name, TCP_HOUSEKEEPING, strlen(TCP_HOUSEKEEPING)) ? CAUSE_DROP : CAUSE_NONE;
}

void reasons_tell(const struct reasons *reasons, struct engine *engine)
{
	for (u32 i = 0; i < REASON_NUMBERS; i++)
		if (reasons->names[i])
			engine_drop_reason(engine, i, cause_of(reasons->names[i]), reasons->names[i]);
}

const char *reasons_name(const struct reasons *reasons, u32 number)
{
	if (!reasons || number >= REASON_NUMBERS || !reasons->names[number])
		return "other";
	return reasons->names[number];
}
