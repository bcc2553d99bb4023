/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/capture_points.h"

u64 capture_points_count(const struct native *native, unsigned int points, unsigned int dirs,
			 enum carrier carrier, enum msg_class cls)
{
	u64 sum = 0;

	for (u32 ifindex = CAPTURE_IFINDEX_LAN; ifindex <= CAPTURE_IFINDEX_TUNNELS; ifindex++)
		for (unsigned int dir = 0; dir < DIR_MAX; dir++)
			if (points >> ifindex & dirs >> dir & 1)
				sum += native_point(native, ifindex)->packets[dir][carrier][cls];
	return sum;
}
