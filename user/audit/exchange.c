/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "audit/exchange.h"
#include "shadow/route.h"
#include "shadow/trace.h"
#include "util/time.h"

#define ARRIVED "p2pscope_audit"
#define QUICK_MS 20 /* most packets have come out by then */
#define WAIT_MS 300 /* on a busy machine */

struct exchange_run {
	const struct shadow *shadow;
	const struct hop *hop;
	const struct audit_packet *packet;
	struct passage *passage;
	struct arrival arrival;
};

/*
 * The chain is the last one of its hook, so that every rule has had its say, but comes before
 * conntrack confirms a new flow.
 */
int exchange_prepare(void)
{
	return ruleset_load(
		"table inet " ARRIVED " {\n"
		" chain arrived { type filter hook input priority 2147483646; policy drop; }\n}\n");
}

/* What came out elsewhere may be a copy that a rule made (dup), so the wait goes on. */
static bool is_open(const struct passage *passage)
{
	return passage->outcome == PACKET_LOST ||
	       (passage->outcome == PACKET_ASTRAY && passage->out);
}

static void come_out(struct exchange_run *run, u32 interface)
{
	struct passage *passage = run->passage;

	passage->outcome = interface == run->hop->to ? PACKET_PASSED : PACKET_ASTRAY;
	passage->out = interface;
	passage->src = run->arrival.src;
	passage->dst = run->arrival.dst;
}

static void take_frame(struct exchange_run *run, const u8 *bytes, size_t length, u32 interface)
{
	u32 mtu = interface == run->hop->from ? packet_too_big(bytes, length) : 0;

	if (mtu) {
		run->passage->outcome = PACKET_TOO_BIG;
		run->passage->mtu = mtu;
	} else if (packet_arrived(run->packet, bytes, length, &run->arrival)) {
		come_out(run, interface);
	}
}

static void take_frames(struct exchange_run *run)
{
	struct sockaddr_ll at;
	socklen_t size = sizeof(at);
	u8 bytes[FRAME_LINK + BUILDER_BYTES];
	ssize_t length;

	while ((length = recvfrom(run->shadow->frames, bytes, sizeof(bytes), 0,
				  (struct sockaddr *)&at, &size)) >= 0)
		if (is_open(run->passage))
			take_frame(run, bytes, (size_t)length, (u32)at.sll_ifindex);
}

/*
 * A queued packet counts as queued even if it comes out: no program listens in the shadow, and
 * `bypass` lets it pass.
 */
static int take_trace(struct exchange_run *run)
{
	struct passage *passage = run->passage;
	struct trace *trace = &passage->trace;
	int err = shadow_trace_read(run->shadow, trace);

	if (err == -ENOBUFS) {
		if (is_open(passage))
			passage->outcome = PACKET_UNTOLD;
		return 0;
	}
	if (trace->fate == FATE_QUEUED)
		passage->outcome = PACKET_QUEUED;
	else if (trace->fate == FATE_DROPPED && !strcmp(trace->rule.table, ARRIVED))
		come_out(run, 0);
	else if (trace->fate == FATE_DROPPED)
		passage->outcome = PACKET_DROPPED;
	return err;
}

static int wait_for_packet(struct exchange_run *run, int ms)
{
	struct pollfd fds[2] = {
		{.fd = mnl_socket_get_fd(run->shadow->trace), .events = POLLIN},
		{.fd = run->shadow->frames, .events = POLLIN},
	};
	s64 end = time_monotonic_ms() + ms, left;
	int err;

	for (;;) {
		take_frames(run);
		err = take_trace(run);
		left = end - time_monotonic_ms();
		if (err || !is_open(run->passage) || left <= 0)
			return err;
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

static bool has_no_way(int err)
{
	return err == -ENETUNREACH || err == -EHOSTUNREACH || err == -EACCES || err == -EINVAL;
}

static void refuse_size(struct exchange_run *run)
{
	const struct hop *hop = run->hop;
	const struct net_link *link =
		network_link(run->shadow->network, hop->from ? hop->from : hop->to);

	run->passage->outcome = run->packet->whole ? PACKET_TOO_BIG : PACKET_IN_PIECES;
	run->passage->mtu = link ? link->mtu : 0;
}

/* The kernel refuses to send the gateway's own packet when it has no route. */
static int send_off(struct exchange_run *run)
{
	static const struct net_link own;
	static struct shadow_frame frame;
	const struct hop *hop = run->hop;
	const struct net_link *link =
		hop->from ? network_link(run->shadow->network, hop->from) : &own;
	int err;

	if (!link)
		return -ENODEV;
	packet_make(run->packet, link, &frame);
	err = shadow_send(run->shadow, hop->from, &frame);
	if (err == -EMSGSIZE) {
		refuse_size(run);
		return 0;
	}
	return !hop->from && has_no_way(err) ? 0 : err;
}

static int find_error(const struct exchange_run *run)
{
	const struct hop *hop = run->hop;
	const struct net_link *link = network_link(run->shadow->network, hop->from);

	if (hop->from && hop->to && !route_forwards(run->packet->version, link->name))
		return -EOPNOTSUPP;
	return route_find(&hop->sender, &hop->receiver, hop->from, NULL);
}

int exchange_send(const struct shadow *shadow, const struct hop *hop,
		  const struct audit_packet *packet, struct passage *passage)
{
	struct exchange_run run = {
		.shadow = shadow, .hop = hop, .packet = packet, .passage = passage};
	int err;

	*passage = (struct passage){0};
	shadow_trace_start(shadow, &passage->trace);
	err = send_off(&run);
	if (!err)
		err = wait_for_packet(&run, QUICK_MS);
	if (err || passage->outcome != PACKET_LOST)
		return err;
	passage->error = find_error(&run);
	/*
	 * with a route the machine may only be busy; without one the trace may still be on its way
	 */
	return wait_for_packet(&run, passage->error ? 0 : WAIT_MS);
}
