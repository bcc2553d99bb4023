/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "util/interface_side.h"
#include "util/log.h"

bool interface_is_named(const struct option_list *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->items[i], name))
			return true;
	return false;
}

/* The interface below a VLAN carries the VLAN's packets, so both lie on the same side. */
static bool is_below_wan(const struct interface *list, size_t count, const struct interface *item)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].default_route && list[i].vlan_of == item->index)
			return true;
	return false;
}

enum interface_side interface_side(const struct options *options, const struct interface *list,
				   size_t count, const struct interface *item)
{
	if (interface_is_named(&options->wan, item->name))
		return INTERFACE_WAN;
	if (interface_is_named(&options->lan, item->name))
		return INTERFACE_LAN;
	if (options->wan.count || options->lan.count || item->loopback)
		return INTERFACE_UNUSED;
	if (item->default_route)
		return INTERFACE_WAN;
	if (!item->naddresses)
		return INTERFACE_UNUSED;
	return is_below_wan(list, count, item) ? INTERFACE_WAN : INTERFACE_LAN;
}

int interface_sides_check(const struct options *options)
{
	for (size_t i = 0; i < options->lan.count; i++)
		if (interface_is_named(&options->wan, options->lan.items[i])) {
			log_error("%s is given both as --lan and as --wan: an interface is on one "
				  "side only",
				  options->lan.items[i]);
			return -EINVAL;
		}
	return 0;
}
