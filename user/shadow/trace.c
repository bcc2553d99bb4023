/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/trace.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "shadow/trace.h"
#include "shadow/trace_socket.h"
#include "util/time.h"

#define WAIT_MS 300
#define GRACE_MS 20 /* wait after a packet has left: it may be another one, of the kernel's own */

/* --- sending --- */

static int send_all(int fd, const u8 *bytes, size_t length, const void *to, socklen_t size)
{
	return sendto(fd, bytes, length, 0, to, size) == (ssize_t)length ? 0 : -errno;
}

/*
 * The socket wants the destination besides the header's. EPERM only means that a rule drops the
 * packet.
 */
static int send_own(const struct shadow *shadow, const struct shadow_frame *frame)
{
	const u8 *packet = frame->bytes + FRAME_LINK;
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	int err;

	memcpy(&v4.sin_addr, packet + 16, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, packet + 24, sizeof(v6.sin6_addr));
	if (frame->version == 4)
		err = send_all(shadow->own[0], packet, frame->length, &v4, sizeof(v4));
	else
		err = send_all(shadow->own[1], packet, frame->length, &v6, sizeof(v6));
	return err == -EPERM ? 0 : err;
}

int shadow_send(const struct shadow *shadow, u32 came_in, const struct shadow_frame *frame)
{
	/* the other end of the interface has the same number */
	const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)came_in};

	if (!came_in)
		return send_own(shadow, frame);
	return send_all(shadow->frames, frame->bytes, FRAME_LINK + frame->length, &to, sizeof(to));
}

static bool shadow_has_left(const struct shadow *shadow)
{
	bool left = false;
	u8 byte;

	while (recv(shadow->frames, &byte, sizeof(byte), 0) >= 0)
		left = true;
	return left;
}

/* --- the trace --- */

static const char *family_name(u32 family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_NETDEV:
		return "netdev";
	case NFPROTO_BRIDGE:
		return "bridge";
	default:
		return "";
	}
}

static void copy_trace_name(char *to, size_t size, const char *from)
{
	strncpy(to, from ? from : "", size - 1);
	to[size - 1] = '\0';
}

static void trace_set_fate(struct trace *trace, const struct nftnl_trace *message, u32 verdict,
			   u64 handle)
{
	trace->queue = (u16)(verdict >> NF_VERDICT_QBITS);
	verdict &= NF_VERDICT_MASK;
	if (verdict != NF_DROP && verdict != NF_QUEUE)
		return;
	trace->fate = verdict == NF_DROP ? FATE_DROPPED : FATE_QUEUED;
	trace->rule.handle = handle;
	copy_trace_name(trace->rule.family, sizeof(trace->rule.family),
			family_name(nftnl_trace_get_u32(message, NFTNL_TRACE_FAMILY)));
	copy_trace_name(trace->rule.table, sizeof(trace->rule.table),
			nftnl_trace_get_str(message, NFTNL_TRACE_TABLE));
	copy_trace_name(trace->rule.chain, sizeof(trace->rule.chain),
			nftnl_trace_get_str(message, NFTNL_TRACE_CHAIN));
}

/*
 * The first message is about the packet itself, for the chain that switches the trace on comes
 * first. Messages about others follow if the shadow answers, as `reject` does before its own
 * verdict is reported. Verdicts such as jump are outside NF_VERDICT_MASK.
 */
void trace_take(struct trace *trace, const struct nftnl_trace *message)
{
	u32 id = nftnl_trace_get_u32(message, NFTNL_TRACE_ID);
	u32 type = nftnl_trace_get_u32(message, NFTNL_TRACE_TYPE);
	u32 verdict = nftnl_trace_get_u32(message, NFTNL_TRACE_VERDICT);

	if (!trace->id) {
		trace->id = id;
		trace->fate = FATE_PASSED;
	}
	if (trace->id != id || trace->fate != FATE_PASSED)
		return;
	if (type == NFT_TRACETYPE_RULE)
		trace_set_fate(trace, message, verdict,
			       nftnl_trace_get_u64(message, NFTNL_TRACE_RULE_HANDLE));
	else if (type == NFT_TRACETYPE_POLICY)
		trace_set_fate(trace, message, nftnl_trace_get_u32(message, NFTNL_TRACE_POLICY), 0);
}

static void add_message(void *trace, const struct nftnl_trace *message)
{
	trace_take(trace, message);
}

int shadow_trace_read(const struct shadow *shadow, struct trace *trace)
{
	return trace_receive(shadow->trace, add_message, trace);
}

void shadow_trace_start(const struct shadow *shadow, struct trace *trace)
{
	shadow_has_left(shadow);
	while (shadow_trace_read(shadow, trace) == -ENOBUFS)
		;
	*trace = (struct trace){0};
}

int shadow_trace_wait(const struct shadow *shadow, struct trace *trace)
{
	struct pollfd fds[2] = {
		{.fd = mnl_socket_get_fd(shadow->trace), .events = POLLIN},
		{.fd = shadow->frames, .events = POLLIN},
	};
	s64 now = time_monotonic_ms(), end = now + WAIT_MS;
	bool left = false;
	int err = 0;

	for (; !err && now < end; now = time_monotonic_ms()) {
		left |= shadow_has_left(shadow);
		if (left && trace->id && end > now + GRACE_MS)
			end = now + GRACE_MS;
		err = shadow_trace_read(shadow, trace);
		if (err || trace->fate == FATE_DROPPED || trace->fate == FATE_QUEUED)
			break;
		if (poll(fds, 2, (int)(end - now)) < 0 && errno != EINTR)
			err = -errno;
	}
	return err;
}
