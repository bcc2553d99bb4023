/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2pscope/cursor.h"
#include "p2pscope/link.h"
#include "source/pcap_ends.h"
#include "source/pcap_side.h"

/* How a packet was taken, as far as "cooked" captures say: PACKET_OUTGOING of linux/if_packet.h. */
#define COOKED_OUTGOING 4

struct capture {
	const char *path;
	pcap_t *pcap;
	struct sides *sides;
	int link; /* DLT_ */
	u32 ifindex;
	bool lan;
	/* the next packet */
	const u8 *data;
	u32 have, wire;
	u64 time_ns;
	bool over;
};

struct run {
	struct capture capture[2];
	unsigned int captures;
	struct native *native;
	char *error;
	size_t room;
};

static int fail(struct run *run, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int fail(struct run *run, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(run->error, run->room, format, args);
	va_end(args);
	return err;
}

/* Bytes of the link header before IP, for the kinds whose header is not passed on. Gives -1 when it is cut. */
static int header_size(const struct capture *c)
{
	const u32 tagged = 4;

	switch (c->link) {
	case DLT_EN10MB:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return 0;
	case DLT_NULL:
	case DLT_LOOP:
		return c->have < 4 ? -1 : 4;
	case DLT_LINUX_SLL:
		if (c->have < 16)
			return -1;
		return link_is_tag(load_be16(c->data + 14)) ? 16 + tagged : 16;
	case DLT_LINUX_SLL2:
		if (c->have < 20)
			return -1;
		return link_is_tag(load_be16(c->data)) ? 20 + tagged : 20;
	}
	return -1;
}

/* 1 or 0 when the capture itself says whether this machine sent the packet, else -1. */
static int cooked_outgoing(const struct capture *c)
{
	if (c->link == DLT_LINUX_SLL && c->have >= 16)
		return load_be16(c->data) == COOKED_OUTGOING;
	if (c->link == DLT_LINUX_SLL2 && c->have >= 20)
		return c->data[10] == COOKED_OUTGOING;
	return -1;
}

/*
 * Toward the internet, what comes from outside comes in; on the LAN it goes out. A cooked capture of the gateway's own
 * interface says so itself, but for loopback.
 */
static enum direction direction_of(const struct capture *c, u32 header)
{
	const u8 *mac = c->link == DLT_EN10MB && c->have >= 14 ? c->data : NULL;
	u32 at = mac ? ends_ip_at(c->data, c->have) : header;
	int outgoing = cooked_outgoing(c);

	if (outgoing >= 0 && !ends_loop(c->data + at, c->have - at))
		return outgoing ? DIR_OUT : DIR_IN;
	return sides_from_outside(c->sides, mac, c->data + at, c->have - at) != c->lan ? DIR_IN : DIR_OUT;
}

static void feed(struct run *run, const struct capture *c)
{
	enum native_link link = c->link == DLT_EN10MB ? NATIVE_ETHERNET : NATIVE_RAW_IP;
	int header = header_size(c);

	if (header < 0 || (u32)header > c->have)
		return;
	native_packet(run->native, c->ifindex, direction_of(c, header), link, c->data + header, c->have - header,
		      c->wire - header, c->time_ns);
}

/* Reads the next packet. A file that is cut ends here. */
static void advance(struct capture *c)
{
	struct pcap_pkthdr *header;

	if (pcap_next_ex(c->pcap, &header, &c->data) != 1) {
		c->over = true;
		return;
	}
	c->have = header->caplen;
	c->wire = header->len < header->caplen ? header->caplen : header->len;
	c->time_ns = (u64)header->ts.tv_sec * 1000000000u + (u64)header->ts.tv_usec; /* asked for in ns */
}

static bool link_is_known(int link)
{
	switch (link) {
	case DLT_EN10MB:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_NULL:
	case DLT_LOOP:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
		return true;
	}
	return false;
}

static int capture_open(struct run *run, struct capture *c)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	FILE *file = fopen(c->path, "rb");
	int err = errno;

	if (!file)
		return fail(run, -err, "%s: %s", c->path, strerror(err));
	c->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!c->pcap) {
		fclose(file);
		return fail(run, -EPROTO, "%s: not a capture: %s", c->path, why);
	}
	c->link = pcap_datalink(c->pcap);
	if (link_is_known(c->link))
		return 0;
	return fail(run, -EPROTO, "%s: link type %d is not understood", c->path, c->link);
}

static void capture_close(struct capture *c)
{
	if (c->pcap)
		pcap_close(c->pcap);
	c->pcap = NULL;
	sides_free(c->sides);
	c->sides = NULL;
}

static void learn(const struct capture *c)
{
	bool ethernet = c->link == DLT_EN10MB && c->have >= 14;
	int header = ethernet ? (int)ends_ip_at(c->data, c->have) : header_size(c);

	if (header >= 0 && (u32)header < c->have)
		sides_learn(c->sides, ethernet ? c->data : NULL, c->data + header, c->have - (u32)header);
}

/* The first pass over a file: which station lies where. */
static int capture_learn(struct run *run, struct capture *c)
{
	int err = capture_open(run, c);

	if (err)
		return err;
	c->sides = sides_new(run->captures == 1);
	if (!c->sides)
		return fail(run, -ENOMEM, "%s: out of memory", c->path);
	for (advance(c); !c->over; advance(c))
		learn(c);
	pcap_close(c->pcap);
	c->pcap = NULL;
	c->over = false;
	return capture_open(run, c);
}

/* The capture with the earliest next packet; NULL at the end of all. */
static struct capture *earliest(struct run *run)
{
	struct capture *first = NULL;

	for (unsigned int i = 0; i < run->captures; i++) {
		struct capture *c = &run->capture[i];

		if (!c->over && (!first || c->time_ns < first->time_ns))
			first = c;
	}
	return first;
}

static int replay(struct run *run, pcap_time_fn fn, void *arg, struct pcap_totals *totals)
{
	struct capture *c;
	int err;

	for (unsigned int i = 0; i < run->captures; i++)
		advance(&run->capture[i]);
	for (c = earliest(run); c; c = earliest(run)) {
		feed(run, c);
		if (!totals->packets++)
			totals->first_ns = c->time_ns;
		totals->last_ns = c->time_ns;
		err = fn ? fn(arg, c->time_ns) : 0;
		if (err)
			return err;
		advance(c);
	}
	return 0;
}

static void run_add(struct run *run, const char *path, bool lan)
{
	struct capture *c = &run->capture[run->captures++];

	c->path = path;
	c->lan = lan;
	c->ifindex = lan ? PCAP_IFINDEX_LAN : PCAP_IFINDEX_WAN;
}

int pcap_source_run(const struct pcap_options *options, struct native *native, pcap_time_fn fn, void *arg,
		    struct pcap_totals *totals, char *error, size_t room)
{
	struct run run = {.native = native, .error = error, .room = room};
	int err = 0;

	memset(totals, 0, sizeof(*totals));
	if (options->file) {
		run_add(&run, options->file, false);
	} else if (options->lan && options->wan) {
		run_add(&run, options->lan, true);
		run_add(&run, options->wan, false);
	} else {
		return fail(&run, -EINVAL, "one capture, or one of each side");
	}
	for (unsigned int i = 0; i < run.captures && !err; i++)
		err = capture_learn(&run, &run.capture[i]);
	if (!err)
		err = replay(&run, fn, arg, totals);
	for (unsigned int i = 0; i < run.captures; i++)
		capture_close(&run.capture[i]);
	return err;
}
