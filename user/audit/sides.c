/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/sides.h"
#include "shadow/model.h"
#include "shadow/ruleset_running.h"
#include "util/interface_side.h"

/*
 * Among the interfaces named on the command line: one that this machine has, one that it lacks, and
 * one that no machine can have; NULL: there is none.
 */
struct named_interfaces {
	const char *here, *missing, *invalid;
};

/* The names that the kernel accepts (dev_valid_name()). */
static bool is_name(const char *name)
{
	bool valid = strlen(name) < IF_NAMESIZE && strcmp(name, ".") && strcmp(name, "..");

	for (; valid && *name; name++)
		valid = *name != '/' && *name != ':' && !isspace((unsigned char)*name);
	return valid;
}

static void look_for(struct named_interfaces *named, const struct option_list *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i];

		if (!is_name(name))
			named->invalid = name;
		else if (if_nametoindex(name))
			named->here = name;
		else
			named->missing = name;
	}
}

/* Returns -ENODEV, and says why, when the names do not belong to one network. */
static int check_names(const struct named_interfaces *named, bool may_model, char *why, size_t size)
{
	if (named->invalid)
		snprintf(why, size,
			 "'%s' cannot be an interface: at most 15 characters, no blanks, slashes "
			 "or colons",
			 named->invalid);
	else if (named->missing && !may_model)
		snprintf(why, size, "there is no interface %s; 'ip link' lists them",
			 named->missing);
	else if (named->missing && named->here)
		snprintf(
			why, size,
			"this machine has %s but not %s: name only interfaces that it has, or for "
			"a model network only ones that it lacks (under 'unshare -rn' it has none)",
			named->here, named->missing);
	else
		return 0;
	return -ENODEV;
}

static void sides_add(struct gateway_sides *sides, enum interface_side side, u32 index)
{
	if (side == INTERFACE_LAN && sides->nlans < SIDE_LINKS)
		sides->lans[sides->nlans++] = index;
	else if (side == INTERFACE_WAN && sides->nwans < SIDE_LINKS)
		sides->wans[sides->nwans++] = index;
}

void sides_of_model(struct gateway_sides *sides, const struct network *network,
		    const struct options *options)
{
	*sides = (struct gateway_sides){0};
	for (size_t i = 0; i < network->nlinks; i++) {
		const struct net_link *link = &network->links[i];

		if (!link->loopback)
			sides_add(sides,
				  interface_is_named(&options->lan, link->name) ? INTERFACE_LAN
										: INTERFACE_WAN,
				  (u32)link->index);
	}
}

/* The interfaces of this machine. */
static int choose_here(struct gateway_sides *sides, const struct options *options)
{
	struct interface *list;
	size_t count;
	int err = interfaces_read(&list, &count);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		enum interface_side side = interface_side(options, list, count, &list[i]);

		sides_add(sides, side, (u32)list[i].index);
	}
	free(list);
	return 0;
}

int sides_choose(struct gateway_sides *sides, struct network *network,
		 const struct options *options, bool may_model, char *why, size_t size)
{
	struct named_interfaces named = {0};
	int err;

	*sides = (struct gateway_sides){0};
	look_for(&named, &options->lan);
	look_for(&named, &options->wan);
	err = check_names(&named, may_model, why, size);
	if (!err && named.missing) {
		err = model_make(network, options);
		if (!err)
			sides_of_model(sides, network, options);
	} else if (!err) {
		err = choose_here(sides, options);
		if (!err)
			err = running_network(network);
	}
	if (!err && !sides->nwans) {
		snprintf(why, size, "no interface leads to the internet: name one with --wan");
		err = -ENODEV;
	}
	return err;
}
