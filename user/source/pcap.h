/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Captures as a source: one file, seen as a point that lies toward the internet, or the two sides of a gateway, merged
 * by time. pcap and pcapng; Ethernet, raw IP, Linux "cooked" (SLL, SLL2), BSD loopback.
 */
#ifndef P2PSCOPE_SOURCE_PCAP_H
#define P2PSCOPE_SOURCE_PCAP_H

#include <stddef.h>

#include "source/native.h"

enum { PCAP_IFINDEX_LAN = 1, PCAP_IFINDEX_WAN = 2 };

struct pcap_options {
	const char *file; /* the only one, or NULL */
	const char *lan, *wan; /* both, when `file` is NULL */
};

struct pcap_totals {
	u64 packets;
	u64 first_ns, last_ns; /* of the packets' time stamps */
};

/* Called after each packet with its time. What is not 0 ends the run and is what that gives. */
typedef int (*pcap_time_fn)(void *arg, u64 now_ns);

/*
 * Drives `native` with all packets. Gives 0, what `fn` gave, or -errno with a sentence in `error` (of `room` bytes):
 * -ENOENT and the like when a file cannot be opened, -EPROTO when it is no capture or its link type is not understood.
 * A file that is cut within a packet ends there, as captures of programs that were killed do; `totals` holds what was
 * read.
 */
int pcap_source_run(const struct pcap_options *options, struct native *native, pcap_time_fn fn, void *arg,
		    struct pcap_totals *totals, char *error, size_t room);

#endif
