/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sends UDP as fast as it goes, for some seconds:
 *
 *   udp_sender rtp|other SOURCE-PORT ADDRESS PORT SIZE SECONDS
 *
 * SIZE is the payload of a datagram. As rtp it is a video stream (RFC 3550): consecutive numbers, a
 * clock of 90 kHz, and what SRTP leaves to be seen of it; as other it is nothing that is known. The
 * kernel cuts many datagrams out of one message (UDP_SEGMENT), so that the sender is faster than
 * who forwards, and waits for it. Prints how many it sent, and in how many seconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE 65000 /* the most that fits into one of UDP, and a little less */
#define SEGMENTS 64 /* the most that old kernels cut */
/* less than the 256 packets that wait in a veth: the sender waits then, and none is dropped */
#define SEND_BUFFER 80000
#define RTP_HEADER 12
#define CLOCK 90000
#define SSRC 0x70327032

static unsigned char message[MESSAGE];

static void sender_die(const char *what)
{
	fprintf(stderr, "udp_sender: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double sender_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int sender_connect(const char *source, const char *address, const char *port, int size)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
				   .sin_port = htons((uint16_t)atoi(source))};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), buffer = SEND_BUFFER;

	if (fd < 0)
		sender_die("socket");
	if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
		errno = EINVAL;
		sender_die(address);
	}
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		sender_die("bind and connect");
	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)))
		sender_die("UDP_SEGMENT and SO_SNDBUF");
	return fd;
}

/* The same for all datagrams of a message: those of a video frame have one time stamp. */
static void number_rtp(int size, int count, uint64_t first, double seconds)
{
	uint32_t stamp = htonl((uint32_t)(uint64_t)(seconds * CLOCK)), ssrc = htonl(SSRC);

	for (int i = 0; i < count; i++) {
		unsigned char *at = message + i * size;
		uint16_t number = htons((uint16_t)(first + (uint64_t)i));

		at[0] = 0x80;
		at[1] = 96;
		memcpy(at + 2, &number, sizeof(number));
		memcpy(at + 4, &stamp, sizeof(stamp));
		memcpy(at + 8, &ssrc, sizeof(ssrc));
	}
}

/*
 * Neither STUN, DTLS, TURN, QUIC nor RTP begins with 4 (RFC 7983, RFC 9443); WireGuard's data does.
 */
static void sender_fill(int size, int count)
{
	for (int i = 0; i < MESSAGE; i++)
		message[i] = (unsigned char)rand();
	for (int i = 0; i < count; i++)
		memcpy(message + i * size, "\x04\0\0\0", 4);
}

static uint64_t send_for(int fd, double seconds, int size, int count, int rtp)
{
	double begin = sender_now(), at = begin;
	uint64_t sent = 0;

	for (; at < begin + seconds; at = sender_now()) {
		if (rtp)
			number_rtp(size, count, sent, at);
		/* A full queue is what is wanted. */
		if (send(fd, message, (size_t)(size * count), 0) >= 0)
			sent += (uint64_t)count;
		else if (errno != ENOBUFS)
			sender_die("send");
	}
	printf("%llu %.6f\n", (unsigned long long)sent, at - begin);
	return sent;
}

int main(int argc, char **argv)
{
	int size, count;

	if (argc != 7 || (size = atoi(argv[5])) < RTP_HEADER || size > 1400) {
		fputs("udp_sender: rtp|other SOURCE-PORT ADDRESS PORT SIZE SECONDS, with a size "
		      "from 12 to 1400\n",
		      stderr);
		return 2;
	}
	count = MESSAGE / size < SEGMENTS ? MESSAGE / size : SEGMENTS;
	sender_fill(size, count);
	return !send_for(sender_connect(argv[2], argv[3], argv[4], size), atof(argv[6]), size,
			 count, !strcmp(argv[1], "rtp"));
}
