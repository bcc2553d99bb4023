/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/live/kallsyms.h"

/* A function reaches from its address to that of the next one. */
struct kernel_function {
	u64 address;
	const char *name; /* of `wanted`, else NULL */
};

struct kallsyms {
	FILE *file;
	struct kernel_function *list; /* in order of address */
	size_t count, room;
};

static const char *const wanted[] = {
	/* netfilter: rules, and queues to programs */
	"nft_do_chain",
	"ipt_do_table",
	"ip6t_do_table",
	"nf_hook_slow",
	"nf_hook_slow_list",
	"nf_queue",
	"__nf_queue",
	"nf_reinject",
	"nfqnl_reinject",
	"nfqnl_enqueue_packet",
	"nfqnl_recv_verdict",
	/* tc and XDP; the first has the ingress hooks of tc and netfilter in it */
	"__netif_receive_skb_core",
	"__dev_queue_xmit",
	"tcf_classify",
	"do_xdp_generic",
	/* routing */
	"ip_rcv_core",
	"ip_rcv_finish",
	"ip_rcv_finish_core",
	"ip_error",
	"ip_forward",
	"ip6_rcv_core",
	"ip6_forward",
	"ip6_pkt_drop",
};

/*
 * Compilers add suffixes to the names of parts and clones: "nf_queue.cold", "ip_rcv_core.isra.0".
 */
static const char *wanted_name(const char *name)
{
	size_t len = strcspn(name, ".\t\n");

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!strncmp(wanted[i], name, len) && !wanted[i][len])
			return wanted[i];
	return NULL;
}

static int kallsyms_add(struct kallsyms *symbols, u64 address, const char *name)
{
	size_t room = symbols->room ? symbols->room * 2 : 1024;
	struct kernel_function *list = symbols->list;

	if (symbols->count == symbols->room) {
		list = realloc(list, room * sizeof(*list));
		if (!list)
			return -ENOMEM;
		symbols->list = list;
		symbols->room = room;
	}
	list[symbols->count++] = (struct kernel_function){address, name};
	return 0;
}

/* Of several names for one address the wanted one comes last. */
static int compare_addresses(const void *a, const void *b)
{
	const struct kernel_function *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return !!x->name - !!y->name;
}

/* Keeps the wanted functions, and what ends them: a few of a hundred thousand. */
static void kallsyms_thin_out(struct kallsyms *symbols)
{
	size_t kept = 0;
	struct kernel_function *list;

	for (size_t i = 0; i < symbols->count; i++)
		if (symbols->list[i].name || (kept && symbols->list[kept - 1].name))
			symbols->list[kept++] = symbols->list[i];
	symbols->count = kept;
	list = realloc(symbols->list, (kept + 1) * sizeof(*list));
	if (!list)
		return;
	symbols->list = list;
	symbols->room = kept + 1;
}

/*
 * A line holds an address, a type, a name, and in brackets a module's name (s_show() in the
 * kernel's kernel/kallsyms.c). Functions are of type t or w, in either case; hidden addresses are
 * 0.
 */
static int kallsyms_read_lines(struct kallsyms *symbols)
{
	char line[1024], *rest;
	int err = 0;

	while (!err && fgets(line, sizeof(line), symbols->file)) {
		u64 address = strtoull(line, &rest, 16);

		if (address && rest[0] == ' ' && rest[1] && strchr("tTwW", rest[1]) &&
		    rest[2] == ' ')
			err = kallsyms_add(symbols, address, wanted_name(rest + 3));
	}
	return err ? err : ferror(symbols->file) ? -EIO : 0;
}

int kallsyms_refresh(struct kallsyms *symbols)
{
	int err;

	symbols->count = 0;
	rewind(symbols->file);
	err = kallsyms_read_lines(symbols);
	if (err)
		symbols->count = 0;
	if (symbols->count)
		qsort(symbols->list, symbols->count, sizeof(*symbols->list), compare_addresses);
	kallsyms_thin_out(symbols);
	return err;
}

int kallsyms_open_file(struct kallsyms **out, FILE *file)
{
	struct kallsyms *symbols = calloc(1, sizeof(*symbols));
	int err;

	if (!symbols) {
		fclose(file);
		return -ENOMEM;
	}
	symbols->file = file;
	err = kallsyms_refresh(symbols);
	if (err) {
		kallsyms_close(symbols);
		return err;
	}
	*out = symbols;
	return 0;
}

int kallsyms_open(struct kallsyms **out, const char *path)
{
	FILE *file = fopen(path, "re");

	return file ? kallsyms_open_file(out, file) : -errno;
}

void kallsyms_close(struct kallsyms *symbols)
{
	if (!symbols)
		return;
	fclose(symbols->file);
	free(symbols->list);
	free(symbols);
}

const char *kallsyms_name(const struct kallsyms *symbols, u64 address)
{
	size_t low = 0, high = symbols ? symbols->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? symbols->list[low - 1].name : NULL;
}
