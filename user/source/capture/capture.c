/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/capture.h"

#include <errno.h>

#include "source/capture/endpoints.h"
#include "source/capture/capture_points.h"
#include "source/capture/direction.h"

/* The Ethernet header of a packet, or NULL. */
static const u8 *mac_of(const struct pcap_frame *f)
{
	return f->ip ? f->data : NULL;
}

static void taken_in(void *arg, u64 bytes)
{
	const struct pcap_options *options = arg;

	if (options->progress)
		options->progress(options->arg, PCAP_TAKING_IN, bytes, 0);
}

int capture_open(struct capture *c, const struct pcap_options *options)
{
	struct spool spool = {.most = SPOOL_MAX,
			      .stop = options->stop,
			      .progress = taken_in,
			      .arg = (void *)options};
	int err = pcap_file_open(&c->file, &spool);

	c->told->path = c->file.path;
	return err;
}

void capture_close(struct capture *c)
{
	pcap_file_close(&c->file);
	sides_free(c->sides);
	c->sides = NULL;
}

/* Finds the innermost packet; false: there is no IP in it. */
static bool opened(const struct pcap_link *link, struct pcap_frame *f)
{
	if (pcap_frame_plain(link, f))
		return true;
	if (pcap_frame_open(link, f))
		return false;
	pcap_frame_unwrap(f);
	return true;
}

static int learn_packets(struct capture *c, const struct pcap_options *options)
{
	struct pcap_frame *f = &c->file.frame;
	int got = pcap_file_next(&c->file);

	for (; got > 0 && !capture_stopped(options); got = pcap_file_next(&c->file)) {
		if (++c->packets % PCAP_PROGRESS == 0 && options->progress)
			options->progress(options->arg, PCAP_LEARNING, c->packets, 0);
		if (opened(c->file.link, f))
			sides_learn(c->sides, mac_of(f), f->data + f->ip, f->have - f->ip);
	}
	return got < 0 ? got : 0;
}

int capture_learn(struct capture *c, const struct pcap_options *options)
{
	int err = pcap_file_rewind(&c->file);

	if (err)
		return err;
	c->told->link = pcap_file_link(&c->file);
	c->sides = sides_new(options->file != NULL);
	err = c->sides ? learn_packets(c, options) : -ENOMEM;
	return err ? err : pcap_file_rewind(&c->file);
}

int capture_advance(struct capture *c)
{
	int got = c->file.packets < c->packets ? pcap_file_next(&c->file) : 0;

	c->over = got <= 0;
	return got < 0 ? got : 0;
}

/*
 * Toward the internet, what comes from outside comes in; on the LAN it goes out. A cooked capture
 * of the gateway's own interface says so itself, but for loopback.
 */
static enum direction direction_of(const struct capture *c)
{
	const struct pcap_frame *f = &c->file.frame;
	const u8 *ip = f->data + f->ip;
	u32 len = f->have - f->ip;

	if (f->outgoing >= 0 && !ends_loop(ip, len))
		return f->outgoing ? DIR_OUT : DIR_IN;
	return sides_from_outside(c->sides, mac_of(f), ip, len) != c->lan ? DIR_IN : DIR_OUT;
}

static void feed(const struct capture *c, struct native *native, const struct pcap_frame *f,
		 u32 ifindex, enum direction dir)
{
	native_packet(native, ifindex, dir, f->ip ? NATIVE_ETHERNET : NATIVE_RAW_IP, f->data,
		      f->have, f->wire, c->file.time_ns);
}

/* The packet at hand, or what it carries in its place. */
static void feed_unwrapped(struct capture *c, struct native *native)
{
	struct pcap_frame *f = &c->file.frame, carrier = *f;
	u32 ifindex = c->lan ? PCAP_IFINDEX_LAN : PCAP_IFINDEX_WAN;

	if (pcap_frame_unwrap(f)) {
		c->told->tunnelled++;
		feed(c, native, &carrier, PCAP_IFINDEX_TUNNELS, DIR_IN);
		ifindex = c->lan ? PCAP_IFINDEX_LAN_TUNNELLED : PCAP_IFINDEX_WAN_TUNNELLED;
	}
	feed(c, native, f, ifindex, direction_of(c));
}

void capture_feed(struct capture *c, struct native *native)
{
	struct pcap_frame *f = &c->file.frame;
	bool cut = f->have < f->wire;
	enum reason reason;

	c->told->packets++;
	c->told->cut += cut;
	if (pcap_frame_plain(c->file.link, f)) {
		feed(c, native, f, c->lan ? PCAP_IFINDEX_LAN : PCAP_IFINDEX_WAN, direction_of(c));
		return;
	}
	reason = pcap_frame_open(c->file.link, f);
	if (reason)
		native_skip(native, reason, cut);
	else
		feed_unwrapped(c, native);
}
