/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/capture.h"

#include <errno.h>

#include "source/capture/endpoints.h"
#include "source/capture/capture_points.h"
#include "source/capture/direction.h"
#include "source/capture/transactions.h"
#include "util/address.h"

/* Returns the Ethernet header of a packet, or NULL when it has none. */
static const u8 *ethernet_header(const struct capture_frame *f)
{
	return f->ip ? f->data : NULL;
}

static void report_spooled(void *arg, u64 bytes)
{
	const struct capture_options *options = arg;

	if (options->progress)
		options->progress(options->arg, CAPTURE_SPOOLING, bytes, 0);
}

int capture_open(struct capture *c, const struct capture_options *options)
{
	struct spool spool = {.most = SPOOL_MAX,
			      .stop = options->stop,
			      .progress = report_spooled,
			      .arg = (void *)options};
	int err = capture_file_open(&c->file, &spool);

	c->summary->path = c->file.path;
	return err;
}

void capture_close(struct capture *c)
{
	capture_file_close(&c->file);
	direction_finder_free(c->directions);
	c->directions = NULL;
}

/* Opens a frame and enters tunnels. Returns false when there is no IP packet in it. */
static bool find_innermost(const struct capture_link *link, struct capture_frame *f)
{
	if (capture_frame_plain(link, f))
		return true;
	if (capture_frame_open(link, f))
		return false;
	capture_frame_unwrap(f);
	return true;
}

static void learn_times(struct capture *c)
{
	u64 now = c->file.time_ns;

	if (!c->first_ns || now < c->first_ns)
		c->first_ns = now;
	if (now > c->last_ns)
		c->last_ns = now;
}

/* What comes from the internet to the LAN has come through the gateway's WAN. */
static void learn_outside(struct capture *c)
{
	const struct capture_frame *f = &c->file.frame;
	struct packet_endpoints ends;

	if (!c->lan || c->outside_ns || !endpoints_read(f->data + f->ip, f->have - f->ip, &ends))
		return;
	if (!addr_is_private(&ends.src.ip))
		c->outside_ns = c->file.time_ns;
}

/*
 * A machine that captures on all its interfaces (SLL, SLL2) sees a packet that it forwards come in
 * and go out: the same transaction, before and behind NAT.
 */
static void learn_forwarding(struct capture *c, struct table *transactions)
{
	const struct capture_frame *f = &c->file.frame;
	struct packet_endpoints ends;

	if (f->outgoing < 0)
		return;
	c->cooked_out |= f->outgoing;
	if (c->forwards || !endpoints_read(f->data + f->ip, f->have - f->ip, &ends))
		return;
	c->forwards = transaction_meet(transactions, &ends, !f->outgoing) && f->outgoing;
}

static int capture_learn_packets(struct capture *c, struct table *transactions,
				 const struct capture_options *options)
{
	struct capture_frame *f = &c->file.frame;
	int got = capture_file_next(&c->file);

	for (; got > 0 && !capture_stopped(options); got = capture_file_next(&c->file)) {
		if (++c->packets % CAPTURE_PROGRESS == 0 && options->progress)
			options->progress(options->arg, CAPTURE_LEARNING, c->packets, 0);
		learn_times(c);
		if (!find_innermost(c->file.link, f))
			continue;
		learn_outside(c);
		if (options->file)
			learn_forwarding(c, transactions);
		direction_finder_learn(c->directions, ethernet_header(f), f->data + f->ip,
				       f->have - f->ip);
	}
	return got < 0 ? got : 0;
}

int capture_learn(struct capture *c, struct table *transactions,
		  const struct capture_options *options)
{
	int err = capture_file_rewind(&c->file);

	if (err)
		return err;
	c->summary->link = capture_file_link(&c->file);
	c->directions = direction_finder_new(options->file ? NULL : transactions, c->lan);
	err = c->directions ? capture_learn_packets(c, transactions, options) : -ENOMEM;
	return err ? err : capture_file_rewind(&c->file);
}

int capture_advance(struct capture *c)
{
	int got = c->file.packets < c->packets ? capture_file_next(&c->file) : 0;

	c->over = got <= 0;
	return got < 0 ? got : 0;
}

/*
 * At the WAN side packets from outside come in, at the LAN side they go out. A cooked capture of
 * the gateway's own interface records the direction, except for loopback traffic, and but for a
 * mirror, to which all packets come in.
 */
static enum direction capture_direction(const struct capture *c)
{
	const struct capture_frame *f = &c->file.frame;
	const u8 *ip = f->data + f->ip;
	u32 len = f->have - f->ip;

	if (f->outgoing >= 0 && c->cooked_out && !endpoints_are_same_host(ip, len))
		return f->outgoing ? DIR_OUT : DIR_IN;
	return direction_finder_is_inward(c->directions, ethernet_header(f), ip, len) != c->lan
		       ? DIR_IN
		       : DIR_OUT;
}

static enum reason feed_frame(const struct capture *c, struct native *native,
			      const struct capture_frame *f, u32 ifindex, enum direction dir)
{
	return native_packet(native, ifindex, dir, f->ip ? NATIVE_ETHERNET : NATIVE_RAW_IP, f->data,
			     f->have, f->wire, c->file.time_ns);
}

/*
 * Returns whether the current packet was seen at the LAN: of a gateway that captures at all its
 * interfaces, what comes in from inside and what goes out to there.
 */
static bool is_at_lan(const struct capture *c, enum direction dir)
{
	const struct capture_frame *f = &c->file.frame;

	if (!c->forwards)
		return c->lan;
	return direction_finder_is_inward(c->directions, ethernet_header(f), f->data + f->ip,
					  f->have - f->ip) == (dir == DIR_OUT);
}

/*
 * Feeds the current packet at its side, of which `tunnelled` ones have a point of their own.
 * Returns the pipeline's reason.
 */
static enum reason feed_once(struct capture *c, struct native *native, bool tunnelled)
{
	static const u32 points[2][2] = {
		{CAPTURE_IFINDEX_WAN, CAPTURE_IFINDEX_LAN},
		{CAPTURE_IFINDEX_WAN_TUNNELLED, CAPTURE_IFINDEX_LAN_TUNNELLED}};
	const struct capture_frame *f = &c->file.frame;
	enum direction dir = capture_direction(c);
	u32 ifindex = points[tunnelled][is_at_lan(c, dir)];
	enum msg_class cls =
		duplicates_take(&c->duplicates, f->data + f->ip, f->have - f->ip, c->file.time_ns);

	if (cls == CLASS_MAX)
		return feed_frame(c, native, f, ifindex, dir);
	native_count(native, ifindex, dir, cls);
	return REASON_PASS;
}

/* Feeds the current packet, or the packet that it encapsulates instead. */
static void capture_feed_unwrapped(struct capture *c, struct native *native)
{
	struct capture_frame *f = &c->file.frame, carrier = *f;
	enum reason reason;

	if (!capture_frame_unwrap(f)) {
		native_account(native, feed_once(c, native, false), false);
		return;
	}
	c->summary->tunnelled++;
	reason = feed_frame(c, native, &carrier, CAPTURE_IFINDEX_TUNNELS, DIR_IN);
	native_account(native, reason, true);
	feed_once(c, native, true);
}

void capture_feed(struct capture *c, struct native *native)
{
	struct capture_frame *f = &c->file.frame;
	bool cut = f->have < f->wire;
	enum reason reason;

	c->summary->packets++;
	c->summary->cut += cut;
	if (capture_frame_plain(c->file.link, f)) {
		native_account(native, feed_once(c, native, false), false);
		return;
	}
	reason = capture_frame_open(c->file.link, f);
	if (reason)
		native_account(native, native_skip(native, reason, cut), false);
	else
		capture_feed_unwrapped(c, native);
}
