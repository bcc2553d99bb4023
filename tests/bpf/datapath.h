/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The data plane at a gateway's interfaces, as the daemon loads and attaches it, and what it leaves
 * in its maps and ring; and what conntrack(8) shows.
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

#define DATAPATH_KEPT 32 /* events of a kind */

/* Events of one kind since the last call of datapath_forget(). */
struct datapath_list {
	struct event list[DATAPATH_KEPT];
	u32 count;
};

struct datapath {
	struct loader *loader;
	struct hooks lan, wan;
	struct ring_buffer *ring;
	int probation;
	struct event conntrack; /* the last of its kind */
	u32 nconntrack;
	struct datapath_list drops, closes;
};

static inline void datapath_keep(struct datapath_list *to, const struct event *event, size_t size)
{
	if (to->count == DATAPATH_KEPT)
		abort();
	memset(&to->list[to->count], 0, sizeof(*event));
	memcpy(&to->list[to->count++], event, size);
}

static inline int datapath_take(void *arg, void *data, size_t size)
{
	struct datapath *datapath = arg;
	const struct event *event = data;

	if (event->kind == EVENT_DROP)
		datapath_keep(&datapath->drops, event, size);
	else if (event->kind == EVENT_TCP_CLOSE)
		datapath_keep(&datapath->closes, event, size);
	if (event->kind != EVENT_CONNTRACK)
		return 0;
	memset(&datapath->conntrack, 0, sizeof(datapath->conntrack));
	memcpy(&datapath->conntrack, event, size);
	datapath->nconntrack++;
	return 0;
}

/*
 * Returns a file descriptor of a program's map by its name, -errno when there is none. The loader
 * knows only those that the daemon reads.
 */
static inline int datapath_map(const struct datapath *datapath, const char *name)
{
	u32 ids[64], size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info program = {.nr_map_ids = 64, .map_ids = (u64)(unsigned long)ids};

	if (bpf_obj_get_info_by_fd(loader_program_fd(datapath->loader, PROGRAM_TC_OUT), &program,
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

static inline int datapath_open(struct datapath *datapath, const struct gateway *gateway)
{
	const struct hook_choice choice = {.ingress = INGRESS_TC};
	const struct loader_options options = {0};
	int err = loader_load(&datapath->loader, &options);

	if (err)
		return err;
	if (!loader_has_conntrack(datapath->loader))
		return -EOPNOTSUPP;
	err = hooks_attach(&datapath->lan, datapath->loader, gateway->lan, false, &choice);
	if (!err)
		err = hooks_attach(&datapath->wan, datapath->loader, gateway->wan, false, &choice);
	if (err)
		return err;
	datapath->probation = datapath_map(datapath, "probation");
	datapath->ring = ring_buffer__new(loader_map_fd(datapath->loader, LOADER_EVENTS),
					  datapath_take, datapath, NULL);
	return datapath->ring && datapath->probation >= 0 ? 0 : -errno;
}

static inline void datapath_close(struct datapath *datapath)
{
	if (!datapath->loader)
		return;
	ring_buffer__free(datapath->ring);
	hooks_detach(&datapath->lan);
	hooks_detach(&datapath->wan);
	loader_free(datapath->loader);
}

/*
 * Returns the last conntrack event, NULL when there was none since the last call of
 * datapath_forget().
 */
static inline const struct event *datapath_conntrack(struct datapath *datapath)
{
	ring_buffer__consume(datapath->ring);
	return datapath->nconntrack ? &datapath->conntrack : NULL;
}

static inline void datapath_forget(struct datapath *datapath)
{
	ring_buffer__consume(datapath->ring);
	datapath->nconntrack = 0;
	datapath->drops.count = 0;
	datapath->closes.count = 0;
}

/* Waits for so many events of a kind, up to a second. Returns how many there are. */
static inline u32 datapath_wait(struct datapath *datapath, const struct datapath_list *events,
				u32 count)
{
	for (int i = 0; i < 1000; i++) {
		ring_buffer__consume(datapath->ring);
		if (events->count >= count)
			break;
		usleep(1000);
	}
	return events->count;
}

static inline struct self_counters datapath_self(const struct datapath *datapath)
{
	struct self_counters self = {0};

	loader_self(datapath->loader, &self);
	return self;
}

static inline bool datapath_flow(const struct datapath *datapath, const struct flow_key *key,
				 struct flow_record *record)
{
	return !bpf_map_lookup_elem(loader_map_fd(datapath->loader, LOADER_FLOWS), key, record);
}

static inline bool datapath_probe(const struct datapath *datapath, const struct flow_key *key,
				  struct probe_record *record)
{
	return !bpf_map_lookup_elem(datapath->probation, key, record);
}

/* Runs the program that asks conntrack again. */
static inline void datapath_look(const struct datapath *datapath, struct conntrack_batch *batch)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = batch, .data_size_in = sizeof(*batch),
		    .data_out = batch, .data_size_out = sizeof(*batch));

	if (bpf_prog_test_run_opts(loader_program_fd(datapath->loader, PROGRAM_CONNTRACK_LOOK),
				   &opts))
		abort();
}

/*
 * Reads "src=A dst=B sport=N dport=N" behind `*at`, and moves it on. Returns false when it is not
 * there.
 */
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

/*
 * Finds the entry that began at `from`, as conntrack(8) shows it. Returns false when there is none.
 */
static inline bool datapath_shown(const struct endpoint *from, u8 proto, struct conntrack *entry)
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
