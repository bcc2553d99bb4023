/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine as the composition of its parts. Each part is defined by the module that owns it and
 * is NULL or a pointer to something opaque for all others, which call the functions of that
 * module's header. What is here may be read by every file of the engine.
 */
#ifndef P2PSCOPE_ENGINE_STATE_H
#define P2PSCOPE_ENGINE_STATE_H

#include "p2pscope/types.h"

struct engine {
	u64 now; /* packet time, Unix ns; engine.c lets it pass */
	u64 sampled_each_ns; /* engine_sampled_each() */
	u8 has_lan; /* an interface on the LAN side is watched; set by point_sides.c */
	u8 sees_drops; /* the kernel's drops are reported; set by gateway_info.c */
	u8 ended; /* the next packet's time counts anew, as it is of another capture */
	struct engine_metrics *metrics; /* metrics.h */
	struct point_table *points; /* point_sides.h */
	struct gateway_info *gateway; /* gateway_info.h */
	struct local_table *locals; /* local.h */
	struct flow_table *flows; /* flows.h */
	struct host_table *hosts; /* hosts.h */
	struct turn_server *turn_servers; /* turn_servers.h */
	struct nat *nat; /* nat/nat.h */
	struct session_names *names; /* session_ufrags.h */
	struct session_schedule *schedule; /* session_schedule.h */
	struct session_table *sessions; /* session.h */
	struct rule_table *rules; /* rules.h */
	struct reset_log *resets; /* refusals.h */
	struct closed_peers *closed_peers; /* icmp_errors.h */
	struct restarts *restarts; /* restart.h */
	struct changes *changes; /* changes.h */
};

#endif
