/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Many WebRTC sessions through a gateway with NAT, for the daemon that observes it: its own program
 * is run on what comes in, by BPF_PROG_TEST_RUN, as the interface would; what goes out is sent by
 * the interface, past the program of its egress.
 *
 *   traffic LAN WAN XDP-PROGRAM-ID
 *
 * Reads lines "SESSIONS RATE" from standard input: there are to be so many sessions, new ones at
 * that rate a second; writes a line "SESSIONS MESSAGES" once there are. Every session has a consent
 * check each way and media both ways every 6 seconds, until the end of the input.
 */
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "../unit/message.h"

#define HOSTS 10000
#define OUTSIDE_PORTS 60000 /* of each outside address */
#define REFRESH_S 6 /* the longest that RFC 7675 section 5.1 lets consent checks be apart */
#define FIRST_MEDIA 3 /* packets */
#define TICK_US 1000
#define NS_PER_S 1000000000ull
#define SESSIONS_MAX 131072 /* a power of two */
#define REFRESHES_MAX 256 /* in a turn */

enum { LAN, WAN, SIDES };
enum call_way { OUT, IN }; /* from the host, to the host */

struct call_session {
	struct endpoint host, outside, peer;
	char ufrags[WAN + 1][32]; /* USERNAME of the host's checks, of the peer's */
};

static u32 ifindex[SIDES];
static int ingress, egress[SIDES]; /* a program; sockets */
static u64 ids, messages;
static u32 sessions; /* how many there are */

/* All of them, the one that sent longest ago first. */
static struct heard {
	u64 at_ns;
	u32 session;
	u16 seq; /* of its media */
} heard[SESSIONS_MAX];
static u32 oldest;

static void call_die(const char *what, int err)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static void come_in(int side, const struct buf *f)
{
	struct xdp_md ctx = {.data_end = f->len, .ingress_ifindex = ifindex[side]};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->b, .data_size_in = f->len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);
	int err = bpf_prog_test_run_opts(ingress, &opts);

	if (err)
		call_die("running the program of an interface's ingress", err);
}

static void go_out(int side, const struct buf *f)
{
	if (send(egress[side], f->b, f->len, 0) < 0)
		call_die("sending by an interface", errno);
}

/* Sends a packet past both interfaces of the gateway, which translates it. */
static void call_pass(const struct call_session *s, enum call_way way, const struct buf *m)
{
	struct buf f;

	if (way == OUT) {
		frame_udp(&f, s->host, s->peer, m->b, m->len);
		come_in(LAN, &f);
		frame_udp(&f, s->outside, s->peer, m->b, m->len);
		go_out(WAN, &f);
	} else {
		frame_udp(&f, s->peer, s->outside, m->b, m->len);
		come_in(WAN, &f);
		frame_udp(&f, s->peer, s->host, m->b, m->len);
		go_out(LAN, &f);
	}
	messages++;
}

static struct endpoint endpoint_of(u32 ip, u16 port)
{
	struct endpoint e = {.port = port};

	e.ip.b[10] = e.ip.b[11] = 0xff;
	for (int i = 0; i < 4; i++)
		e.ip.b[12 + i] = (u8)(ip >> (24 - 8 * i));
	return e;
}

static void session_of(u32 n, struct call_session *s)
{
	s->host = endpoint_of(0x0a000100 + n % HOSTS, (u16)(20000 + n / HOSTS));
	s->outside = endpoint_of(0xc6120001 + n / OUTSIDE_PORTS, (u16)(1024 + n % OUTSIDE_PORTS));
	s->peer = endpoint_of(0x2d000000 + n, 50000);
	snprintf(s->ufrags[OUT], sizeof(s->ufrags[OUT]), "p%07x:h%07x", n, n);
	snprintf(s->ufrags[IN], sizeof(s->ufrags[IN]), "h%07x:p%07x", n, n);
}

/* A check and its answer. */
static void call_check(const struct call_session *s, enum call_way way, bool nominate)
{
	struct check_of of = {.id = ++ids,
			      .username = s->ufrags[way],
			      .role = way == OUT ? ROLE_CONTROLLING : ROLE_CONTROLLED,
			      .use_candidate = nominate};
	struct buf m;

	msg_check(&m, &of);
	call_pass(s, way, &m);
	msg_answer(&m, of.id, way == OUT ? s->outside : s->peer);
	call_pass(s, !way, &m);
}

static void call_record(const struct call_session *s, enum call_way way, u8 type, u16 epoch)
{
	static const u8 sealed[40];
	struct record_of of = {.type = type, .epoch = epoch};
	struct buf m = {.len = 0};

	msg_record(&m, &of, sealed, sizeof(sealed));
	call_pass(s, way, &m);
}

static void call_handshake(const struct call_session *s)
{
	struct buf m = {.len = 0}, hello = {.len = 0}, body = {.len = 0};
	struct handshake_of of = {.type = 2};
	struct record_of server = {.type = 22};

	msg_handshake(&m, 1, 150);
	call_pass(s, OUT, &m);
	put_server_hello(&hello, "000e 0005 0002 0001 00");
	put_handshake(&body, &of, hello.b, hello.len);
	m.len = 0;
	msg_record(&m, &server, body.b, body.len);
	msg_handshake(&m, 11, 300);
	msg_handshake(&m, 14, 0);
	call_pass(s, IN, &m);
	call_record(s, OUT, 22, 1);
	call_record(s, IN, 22, 1);
}

static void call_media(const struct call_session *s, enum call_way way, u16 seq)
{
	struct rtp_of of = {.ssrc = 0x1000u + way, .seq = seq, .payload_type = 111, .len = 100};
	struct buf m;

	msg_rtp(&m, &of);
	call_pass(s, way, &m);
}

static void session_begin(u32 n)
{
	struct call_session s;

	session_of(n, &s);
	call_check(&s, OUT, false);
	call_check(&s, IN, false);
	call_check(&s, OUT, true);
	call_handshake(&s);
	for (u16 seq = 0; seq < FIRST_MEDIA; seq++) {
		call_media(&s, OUT, seq);
		call_media(&s, IN, seq);
	}
}

static void session_goes_on(u32 n, u16 seq)
{
	struct call_session s;

	session_of(n, &s);
	call_check(&s, OUT, false);
	call_check(&s, IN, false);
	call_media(&s, OUT, seq);
	call_media(&s, IN, seq);
}

static u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * NS_PER_S + (u64)t.tv_nsec;
}

/*
 * Starts the sessions that are due: at most as many as one turn should, so that a late turn makes
 * no burst.
 */
static u32 call_due(u64 rate, u64 passed_ns)
{
	static u64 saved;
	u64 count, most = rate / 50 + 1;

	saved += rate * passed_ns;
	count = saved / NS_PER_S;
	saved -= count * NS_PER_S;
	return (u32)(count < most ? count : most);
}

static void call_begin(u32 count, u32 wanted, u64 now)
{
	for (; count && sessions < wanted; count--, sessions++) {
		session_begin(sessions);
		heard[(oldest + sessions) % SESSIONS_MAX] =
			(struct heard){now, sessions, FIRST_MEDIA};
	}
}

static void call_refresh(u64 now)
{
	for (u32 i = 0; i < REFRESHES_MAX && sessions; i++) {
		struct heard h = heard[oldest];

		if (h.at_ns + REFRESH_S * NS_PER_S > now)
			return;
		session_goes_on(h.session, h.seq);
		heard[(oldest + sessions) % SESSIONS_MAX] =
			(struct heard){now, h.session, (u16)(h.seq + 1)};
		oldest = (oldest + 1) % SESSIONS_MAX;
	}
}

/* Returns false at the end of the input. */
static bool call_order(u32 *wanted, u32 *rate)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[64];

	if (poll(&in, 1, 0) <= 0)
		return true;
	return fgets(line, sizeof(line), stdin) && sscanf(line, "%u %u", wanted, rate) == 2 &&
	       *wanted <= SESSIONS_MAX;
}

static void open_interface(int side, const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET};

	ifindex[side] = if_nametoindex(name);
	at.sll_ifindex = (int)ifindex[side];
	egress[side] = socket(AF_PACKET, SOCK_RAW, 0); /* protocol 0: nothing is received */
	if (!ifindex[side] || egress[side] < 0 ||
	    bind(egress[side], (struct sockaddr *)&at, sizeof(at)))
		call_die(name, errno);
}

int main(int argc, char **argv)
{
	u32 wanted = 0, rate = 0, reported = 0;
	u64 before = now_ns(), now;

	if (argc != 4)
		call_die("LAN WAN XDP-PROGRAM-ID", EINVAL);
	open_interface(LAN, argv[1]);
	open_interface(WAN, argv[2]);
	ingress = bpf_prog_get_fd_by_id((u32)strtoul(argv[3], NULL, 10));
	if (ingress < 0)
		call_die("opening the daemon's program", ingress);
	setvbuf(stdin, NULL, _IONBF, 0); /* what poll() sees is what is left */
	while (call_order(&wanted, &rate)) {
		now = now_ns();
		call_begin(call_due(rate, now - before), wanted, now);
		call_refresh(now);
		before = now;
		if (sessions == wanted && reported != wanted) {
			printf("%u %llu\n", sessions, messages);
			fflush(stdout);
			reported = wanted;
		}
		usleep(TICK_US);
	}
	return 0;
}
