/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "source/live/drop_reasons.h"
#include "source/live/kallsyms.h"
#include "util/time.h"

#define PREFIX "SKB_DROP_REASON_"
/* the core's reasons are below 200, those of subsystems above 65535 */
#define REASON_NUMBERS 512

/* Our own number for drops by NFQUEUE, which the kernel only reveals by their place. */
#define REASON_QUEUE (REASON_NUMBERS - 1)
#define QUEUE_NAME "NFQUEUE"
#define REFRESH_NS (10 * NS_PER_S) /* reading the list of functions takes some milliseconds */

struct drop_reasons {
	char *names[REASON_NUMBERS];
	struct kallsyms *symbols; /* NULL: places of drops have no names */
	u64 refreshed_ns;
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
	{QUEUE_NAME, CAUSE_QUEUE},
	/* nobody listens (any more): nothing was blocked */
	{"NO_SOCKET", CAUSE_NONE},
	{"SOCKET_CLOSE", CAUSE_NONE},
	/* no router forwards these (RFC 1812 section 5.2.2), nor a mirror's packets */
	{"PKT_TOO_SMALL", CAUSE_NONE},
	{"IP_INHDR", CAUSE_NONE},
	{"OTHERHOST", CAUSE_NONE},
	/* somebody else in the name of an address of this machine (RFC 1812 section 5.3.7) */
	{"IP_LOCAL_SOURCE", CAUSE_NONE},
};

#define CAUSES (sizeof(causes) / sizeof(causes[0]))

/* TCP's own housekeeping: duplicates, segments outside the window, closed connections. */
#define TCP_HOUSEKEEPING "TCP_"

static int add_reason(struct drop_reasons *reasons, const char *name, u32 number)
{
	if (number >= REASON_NUMBERS || strncmp(name, PREFIX, strlen(PREFIX)))
		return 0;
	reasons->names[number] = strdup(name + strlen(PREFIX));
	return reasons->names[number] ? 0 : -ENOMEM;
}

static int read_btf_reasons(struct drop_reasons *reasons, const struct btf *btf)
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
		err = add_reason(reasons, btf__name_by_offset(btf, values[i].name_off),
				 (u32)values[i].val);
	return err;
}

/* Without the list of functions, drops by NFQUEUE are reported as drops without a reason. */
static int name_queue(struct drop_reasons *reasons)
{
	if (kallsyms_open(&reasons->symbols, KALLSYMS))
		return 0;
	reasons->names[REASON_QUEUE] = strdup(QUEUE_NAME);
	return reasons->names[REASON_QUEUE] ? 0 : -ENOMEM;
}

int drop_reasons_read(struct drop_reasons **out)
{
	struct drop_reasons *reasons = calloc(1, sizeof(*reasons));
	struct btf *btf;
	int err;

	if (!reasons)
		return -ENOMEM;
	btf = btf__load_vmlinux_btf();
	err = btf ? read_btf_reasons(reasons, btf) : -errno;
	btf__free(btf);
	if (!err)
		err = name_queue(reasons);
	if (err) {
		drop_reasons_free(reasons);
		return err;
	}
	*out = reasons;
	return 0;
}

void drop_reasons_free(struct drop_reasons *reasons)
{
	if (!reasons)
		return;
	for (int i = 0; i < REASON_NUMBERS; i++)
		free(reasons->names[i]);
	kallsyms_close(reasons->symbols);
	free(reasons);
}

static enum cause cause_of_reason(const char *name)
{
	for (size_t i = 0; i < CAUSES; i++)
		if (!strcmp(causes[i].name, name))
			return causes[i].cause;
	return strncmp(name, TCP_HOUSEKEEPING, strlen(TCP_HOUSEKEEPING)) ? CAUSE_DROP : CAUSE_NONE;
}

/* These stand for no cause of their own. */
static const char *const others_usual[] = {
	"NOT_SPECIFIED", "QDISC_DROP",   "QDISC_OVERLIMIT", "QDISC_CONGESTED", "FULL_RING",
	"CPU_BACKLOG",   "NEIGH_FAILED", "NEIGH_DEAD",      "NEIGH_QUEUEFULL", "IP_INADDRERRORS",
	"IP_CSUM",       "UDP_CSUM",     "SOCKET_RCVBUFF",  "SOCKET_FILTER",
};

static bool has_reason(const struct drop_reasons *reasons, const char *name)
{
	for (int i = 0; i < REASON_NUMBERS; i++)
		if (reasons->names[i] && !strcmp(reasons->names[i], name))
			return true;
	return false;
}

const char *drop_reasons_usual(const struct drop_reasons *reasons, size_t index)
{
	const size_t others = sizeof(others_usual) / sizeof(others_usual[0]);

	for (size_t i = 0; reasons && i < CAUSES + others; i++) {
		const char *name = i < CAUSES ? causes[i].name : others_usual[i - CAUSES];

		if (has_reason(reasons, name) && !index--)
			return name;
	}
	return NULL;
}

void drop_reasons_announce(const struct drop_reasons *reasons, struct engine *engine)
{
	for (u32 i = 0; i < REASON_NUMBERS; i++)
		if (reasons->names[i])
			engine_drop_reason(engine, i, cause_of_reason(reasons->names[i]),
					   reasons->names[i]);
}

/* Returns whether the program behind NFQUEUE dropped the packet, or no program was there. */
static bool is_queue_function(const char *function)
{
	return !strncmp(function, "nfqnl_", strlen("nfqnl_")) || !strcmp(function, "nf_reinject") ||
	       !strcmp(function, "nf_queue") || !strcmp(function, "__nf_queue");
}

/*
 * Modules are loaded with the first rule that needs them, so an unknown address may be a new one.
 */
static const char *function_at_address(struct drop_reasons *reasons, u64 address, u64 now_ns)
{
	const char *name = kallsyms_name(reasons->symbols, address);

	if (name || now_ns < reasons->refreshed_ns + REFRESH_NS)
		return name;
	reasons->refreshed_ns = now_ns;
	return kallsyms_refresh(reasons->symbols) ? NULL : kallsyms_name(reasons->symbols, address);
}

u32 drop_reasons_refine(struct drop_reasons *reasons, const struct event *drop)
{
	const char *function;

	if (!reasons || !reasons->symbols ||
	    drop_reasons_cause(reasons, drop->drop.reason) != CAUSE_DROP)
		return drop->drop.reason;
	function = function_at_address(reasons, drop->drop.location, drop->time_ns);
	return function && is_queue_function(function) ? REASON_QUEUE : drop->drop.reason;
}

enum cause drop_reasons_cause(const struct drop_reasons *reasons, u32 number)
{
	if (!reasons || number >= REASON_NUMBERS || !reasons->names[number])
		return CAUSE_DROP;
	return cause_of_reason(reasons->names[number]);
}

const char *drop_reasons_name(const struct drop_reasons *reasons, u32 number)
{
	if (!reasons || number >= REASON_NUMBERS || !reasons->names[number])
		return "other";
	return reasons->names[number];
}
