/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/foreign_xdp.h"
#include "util/interface_side.h"
#include "util/interfaces.h"
#include "util/log.h"
#include "datapath/observation_points.h"

struct point_entry {
	struct point_entry *next;
	char name[IF_NAMESIZE];
	enum side side;
	struct hooks hooks;
	u32 foreign; /* id of another's XDP program that runs before ours, else 0 */
	bool failed; /* attaching failed: logged once, not tried again for this interface */
	bool seen;
};

struct points {
	const struct options *options;
	struct loader *loader;
	struct engine *engine;
	struct hook_choice choice;
	struct point_entry *entries;
	bool started;
	bool nothing_said;
};

static int check_interfaces_exist(const struct option_list *names, const char *option)
{
	for (size_t i = 0; i < names->count; i++) {
		if (if_nametoindex(names->items[i]))
			continue;
		log_error("--%s %s: no such interface; 'ip link' lists them", option,
			  names->items[i]);
		return -ENODEV;
	}
	return 0;
}

int points_check_names(const struct options *options)
{
	int err = check_interfaces_exist(&options->lan, "lan");

	return err ? err : check_interfaces_exist(&options->wan, "wan");
}

static struct hook_choice hook_choice_of(const struct options *options)
{
	struct hook_choice choice = {INGRESS_AUTO, TC_AUTO};

	if (!strcmp(options->ingress, "xdp"))
		choice.ingress = INGRESS_XDP;
	else if (!strcmp(options->ingress, "generic"))
		choice.ingress = INGRESS_GENERIC;
	else if (!strcmp(options->ingress, "tc"))
		choice.ingress = INGRESS_TC;
	if (!strcmp(options->tc, "tcx"))
		choice.tc = TC_TCX;
	else if (!strcmp(options->tc, "clsact"))
		choice.tc = TC_CLSACT;
	return choice;
}

int points_new(struct points **out, const struct options *options, struct loader *loader,
	       struct engine *engine)
{
	struct points *points;
	int err = points_check_names(options);

	if (err)
		return err;
	points = calloc(1, sizeof(*points));
	if (!points)
		return -ENOMEM;
	points->options = options;
	points->loader = loader;
	points->engine = engine;
	points->choice = hook_choice_of(options);
	*out = points;
	return 0;
}

static void point_detach(struct points *points, struct point_entry *entry)
{
	if (entry->failed)
		return;
	loader_observe(points->loader, (u32)entry->hooks.ifindex, false);
	hooks_detach(&entry->hooks);
}

void points_free(struct points *points)
{
	struct point_entry *next;

	if (!points)
		return;
	for (struct point_entry *entry = points->entries; entry; entry = next) {
		next = entry->next;
		point_detach(points, entry);
		free(entry);
	}
	free(points);
}

/*
 * With XDP attached, veth and virtio disable segmentation offload (veth_fix_features(),
 * virtnet_xdp_set()), which costs TCP most of its throughput; veth also copies every packet.
 */
static struct hook_choice point_hook_choice(const struct points *points,
					    const struct interface *item)
{
	struct hook_choice choice = points->choice;

	if (choice.ingress == INGRESS_AUTO && !item->pci)
		choice.ingress = INGRESS_TC;
	return choice;
}

static int point_attach(struct points *points, struct point_entry *entry,
			const struct interface *item)
{
	struct hook_choice choice = point_hook_choice(points, item);
	int err = hooks_attach(&entry->hooks, points->loader, item->index, item->l3, &choice);

	entry->hooks.ifindex = item->index;
	entry->failed = err != 0;
	if (err) {
		log_warn("%s cannot be observed: %s", item->name, strerror(-err));
		return err;
	}
	err = loader_observe(points->loader, (u32)item->index, true);
	if (err)
		log_warn("%s: packets that the kernel drops there cannot be observed: %s",
			 item->name, strerror(-err));
	log_info("observing %s (%s), ingress by %s, egress by %s", item->name,
		 entry->side == SIDE_WAN ? "wan" : "lan", hook_name(entry->hooks.ingress),
		 hook_name(entry->hooks.egress));
	return 0;
}

static struct point_entry *point_find(struct points *points, int index)
{
	for (struct point_entry *entry = points->entries; entry; entry = entry->next)
		if (entry->hooks.ifindex == index)
			return entry;
	return NULL;
}

static int point_add(struct points *points, const struct interface *item, enum side side)
{
	struct point_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->side = side;
	entry->seen = true;
	entry->next = points->entries;
	points->entries = entry;
	memcpy(entry->name, item->name, sizeof(entry->name));
	engine_point(points->engine, (u32)item->index, side);
	return point_attach(points, entry, item);
}

static int point_refresh(struct points *points, const struct interface *item, enum side side)
{
	struct point_entry *entry = point_find(points, item->index);

	if (side == SIDE_WAN)
		for (size_t i = 0; i < item->naddresses; i++)
			engine_outside(points->engine, &item->addresses[i]);
	if (!entry)
		return point_add(points, item, side);
	entry->seen = true;
	if (entry->side != side) {
		log_info("%s is %s now", item->name, side == SIDE_WAN ? "wan" : "lan");
		entry->side = side;
		engine_point(points->engine, (u32)item->index, side);
	}
	memcpy(entry->name, item->name, sizeof(entry->name));
	return 0;
}

static void points_drop_unseen(struct points *points)
{
	struct point_entry **at = &points->entries;

	while (*at) {
		struct point_entry *entry = *at;

		if (entry->seen) {
			entry->seen = false;
			at = &entry->next;
			continue;
		}
		log_info("%s is gone", entry->name);
		point_detach(points, entry);
		*at = entry->next;
		free(entry);
	}
}

static void points_warn_if_none(struct points *points)
{
	if (points->entries || points->nothing_said)
		return;
	log_warn("no interface has an address yet: waiting for one; --lan and --wan name "
		 "interfaces that have none");
	points->nothing_said = true;
}

int points_refresh(struct points *points)
{
	bool named = points->options->lan.count || points->options->wan.count;
	struct interface *list;
	size_t count;
	int result = 0, err = interfaces_read(&list, &count);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		enum interface_side side = interface_side(points->options, list, count, &list[i]);

		if (!points->started)
			hooks_clean(list[i].index);
		if (side == INTERFACE_UNUSED)
			continue;
		err = point_refresh(points, &list[i], side == INTERFACE_WAN ? SIDE_WAN : SIDE_LAN);
		if (err && named && !points->started && !result)
			result = err;
	}
	free(list);
	points_drop_unseen(points);
	points_check_foreign_xdp(points);
	points_warn_if_none(points);
	points->started = true;
	return result;
}

/* An interface has one XDP program: where it is ours, there is no other. */
static void point_check_foreign_xdp(const struct points *points, struct point_entry *entry)
{
	bool own = entry->hooks.ingress == HOOK_XDP || entry->hooks.ingress == HOOK_XDP_GENERIC;
	u32 id = own || entry->failed ? 0 : foreign_xdp_id(points->loader, entry->hooks.ifindex);

	if (id == entry->foreign)
		return;
	if (id)
		log_warn("%s: another XDP program, id %u, runs before ours: packets that it drops "
			 "cannot be observed; 'bpftool prog show id %u' describes it",
			 entry->name, id, id);
	else
		log_info("%s: no other XDP program runs before ours any more", entry->name);
	entry->foreign = id;
	engine_foreign_xdp(points->engine, (u32)entry->hooks.ifindex, id ? entry->name : NULL);
}

void points_check_foreign_xdp(struct points *points)
{
	for (struct point_entry *entry = points->entries; entry; entry = entry->next)
		point_check_foreign_xdp(points, entry);
}

static void point_copy(const struct points *points, const struct point_entry *entry,
		       struct point_snapshot *to)
{
	memcpy(to->name, entry->name, sizeof(to->name));
	to->side = entry->side;
	to->ingress = hook_name(entry->hooks.ingress);
	to->egress = hook_name(entry->hooks.egress);
	loader_point(points->loader, (u32)entry->hooks.ifindex, &to->counters);
}

int points_snapshot(const struct points *points, struct point_snapshot **out, size_t *count)
{
	size_t used = 0, room = 0;

	for (const struct point_entry *entry = points->entries; entry; entry = entry->next)
		room++;
	*out = calloc(room ? room : 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (const struct point_entry *entry = points->entries; entry; entry = entry->next)
		if (!entry->failed)
			point_copy(points, entry, &(*out)[used++]);
	*count = used;
	return 0;
}
