/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "shadow/shadow_send.h"

static int send_all(int fd, const u8 *bytes, size_t length, const void *to, socklen_t size)
{
	return sendto(fd, bytes, length, 0, to, size) == (ssize_t)length ? 0 : -errno;
}

/*
 * The socket wants to be told where to, too, though it is in the header. Of a packet that a rule
 * drops it says EPERM.
 */
static int send_own(const struct shadow *shadow, const struct frame *frame)
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

int shadow_send(const struct shadow *shadow, u32 came_in, const struct frame *frame)
{
	/* the other end of the interface has the same number */
	const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)came_in};

	if (!came_in)
		return send_own(shadow, frame);
	return send_all(shadow->frames, frame->bytes, FRAME_LINK + frame->length, &to, sizeof(to));
}

bool shadow_has_left(const struct shadow *shadow)
{
	bool left = false;
	u8 byte;

	while (recv(shadow->frames, &byte, sizeof(byte), 0) >= 0)
		left = true;
	return left;
}
