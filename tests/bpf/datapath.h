/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The data plane at a gateway's interfaces, as the daemon loads and attaches it, and what it
 * leaves; what conntrack(8) shows.
 */
#ifndef P2PSCOPE_TESTS_DATAPATH_H
#define P2PSCOPE_TESTS_DATAPATH_H

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "gateway.h"
#include "datapath/hooks.h"
#include "datapath/loader.h"
#include "p2pscope/event.h"

#define LEDGER_KEPT 32 /* events of a kind */

/* Events of one kind since the last call of ledger_forget(). */
struct ledger_list {
	struct event list[LEDGER_KEPT];
	u32 count;
};

struct ledger {
	struct loader *loader;
	struct hooks lan, wan;
	struct ring_buffer *ring;
	int probation;
	struct event conntrack; /* the last of its kind */
	u32 nconntrack;
	struct ledger_list drops, closes;
};

static inline void ledger_keep(struct ledger_list *to, const struct event *event, size_t size)
{
	if (to->count == LEDGER_KEPT)
		abort();
	memset(&to->list[to->count], 0, sizeof(*event));
	memcpy(&to->list[to->count++], event, size);
}

static inline int ledger_take(void *arg, void *data, size_t size)
{
	struct ledger *ledger = arg;
	const struct event *event = data;

	if (event->kind == EVENT_DROP)
		ledger_keep(&ledger->drops, event, size);
	else if (event->kind == EVENT_TCP_CLOSE)
		ledger_keep(&ledger->closes, event, size);
	if (event->kind != EVENT_CONNTRACK)
		return 0;
	memset(&ledger->conntrack, 0, sizeof(ledger->conntrack));
	memcpy(&ledger->conntrack, event, size);
	ledger->nconntrack++;
	return 0;
}

/* A map of a program, by name: the loader tells of those only that the daemon reads. */
static inline int ledger_map(const struct ledger *ledger, const char *name)
{
	u32 ids[64], size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info program = {.nr_map_ids = 64, .map_ids = (u64)(unsigned long)ids};

	if (bpf_obj_get_info_by_fd(loader_program_fd(ledger->loader, PROGRAM_TC_OUT), &program,
				   &size))
		return -errno;
	for (u32 i = 0; i < program.nr_map_ids; i++) {
		int fd = bpf_map_get_fd_by_id(ids[i]);
		struct bpf_map_info map = {0};

		size = sizeof(map);
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &map, &size) && !strcmp(map.name, name))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static inline int ledger_open(struct ledger *ledger, const struct gateway *gateway)
{
	const struct hook_choice choice = {.ingress = INGRESS_TC};
	const struct loader_options options = {0};
	int err = loader_load(&ledger->loader, &options);

	if (err)
		return err;
	if (!loader_has_conntrack(ledger->loader))
		return -EOPNOTSUPP;
	err = hooks_attach(&ledger->lan, ledger->loader, gateway->lan, false, &choice);
	if (!err)
		err = hooks_attach(&ledger->wan, ledger->loader, gateway->wan, false, &choice);
	if (err)
		return err;
	ledger->probation = ledger_map(ledger, "probation");
	ledger->ring = ring_buffer__new(loader_map_fd(ledger->loader, LOADER_EVENTS), ledger_take,
					ledger, NULL);
	return ledger->ring && ledger->probation >= 0 ? 0 : -errno;
}

static inline void ledger_close(struct ledger *ledger)
{
	if (!ledger->loader)
		return;
	ring_buffer__free(ledger->ring);
	hooks_detach(&ledger->lan);
	hooks_detach(&ledger->wan);
	loader_free(ledger->loader);
}

/* The last event on conntrack, NULL when there was none since the last call of ledger_forget(). */
static inline const struct event *ledger_conntrack(struct ledger *ledger)
{
	ring_buffer__consume(ledger->ring);
	return ledger->nconntrack ? &ledger->conntrack : NULL;
}

static inline void ledger_forget(struct ledger *ledger)
{
	ring_buffer__consume(ledger->ring);
	ledger->nconntrack = 0;
	ledger->drops.count = 0;
	ledger->closes.count = 0;
}

/* Waits for so many events of a kind, for a second; then gives how many there are. */
static inline u32 ledger_wait(struct ledger *ledger, const struct ledger_list *events, u32 count)
{
	for (int i = 0; i < 1000; i++) {
		ring_buffer__consume(ledger->ring);
		if (events->count >= count)
			break;
		usleep(1000);
	}
	return events->count;
}

static inline struct self_counters ledger_self(const struct ledger *ledger)
{
	struct self_counters self = {0};

	loader_self(ledger->loader, &self);
	return self;
}

static inline bool ledger_flow(const struct ledger *ledger, const struct flow_key *key,
			       struct flow_record *record)
{
	return !bpf_map_lookup_elem(loader_map_fd(ledger->loader, LOADER_FLOWS), key, record);
}

static inline bool ledger_probe(const struct ledger *ledger, const struct flow_key *key,
				struct probe_record *record)
{
	return !bpf_map_lookup_elem(ledger->probation, key, record);
}

/* Runs the program that asks conntrack again. */
static inline void ledger_look(const struct ledger *ledger, struct conntrack_batch *batch)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = batch, .data_size_in = sizeof(*batch),
		    .data_out = batch, .data_size_out = sizeof(*batch));

	if (bpf_prog_test_run_opts(loader_program_fd(ledger->loader, PROGRAM_CONNTRACK_LOOK),
				   &opts))
		abort();
}

/* Reads "src=A dst=B sport=N dport=N" behind `*at`, and moves it on. */
static inline bool shown_tuple(const char **at, struct endpoint *src, struct endpoint *dst)
{
	char from[64], to[64];
	unsigned int sport, dport;

	*at = strstr(*at, "src=");
	if (!*at ||
	    sscanf(*at, "src=%63s dst=%63s sport=%u dport=%u", from, to, &sport, &dport) != 4)
		return false;
	*src = ep(from, (u16)sport);
	*dst = ep(to, (u16)dport);
	*at = strstr(*at, "dport=");
	return true;
}

/* The entry that began at `from`, as conntrack(8) shows it. */
static inline bool ledger_shown(const struct endpoint *from, u8 proto, struct conntrack *entry)
{
	char command[100], line[512];
	bool found = false;
	FILE *out;

	snprintf(command, sizeof(command), "conntrack -L -f %s -p %s 2>/dev/null",
		 is_v4(from) ? "ipv4" : "ipv6", proto == PROTO_TCP ? "tcp" : "udp");
	out = popen(command, "r");
	while (out && fgets(line, sizeof(line), out)) {
		struct conntrack shown = {.proto = proto};
		const char *at = line;

		if (shown_tuple(&at, &shown.orig_src, &shown.orig_dst) &&
		    shown_tuple(&at, &shown.reply_src, &shown.reply_dst) &&
		    endpoint_equal(&shown.orig_src, from)) {
			*entry = shown;
			found = true;
		}
	}
	return out && !pclose(out) && found;
}

#endif
