/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pipeline as one point sees it: a host, its peer, and the packets between them through
 * native_packet(). Each test runs with both families, and with the host on either side of the
 * interface, so that every rule holds in both directions.
 *
 * With PIPE_PARITY defined each packet goes through the programs in the kernel, too
 * (tests/bpf/parity.h), and both must agree.
 */
#ifndef P2PSCOPE_TESTS_PIPE_H
#define P2PSCOPE_TESTS_PIPE_H

#include "suite.h"

#include "p2pscope/stream.h"
#include "source/capture/native.h"

#define MS 1000000ull
#define SEC 1000000000ull
#ifndef IFINDEX
#define IFINDEX 1 /* the loopback interface, which the kernel's test runs take for the packet's */
#endif
#define TOLD_MAX 512
#define PIPE_FLOWS 1000

enum way { OUT, IN }; /* from the host to the peer, and back */

struct pipe_variant {
	const char *name, *host, *peer, *other;
	bool wan; /* the peer, not the host, is beyond the interface */
};

struct pipe {
	const struct pipe_variant *variant;
	struct native *n;
	u64 now;
	u64 ids; /* transaction ids given out */
	struct endpoint host, peer, other; /* `other`: one more peer */
	u32 seq[2]; /* TCP, of each way */
	struct event told[TOLD_MAX];
	u32 sizes[TOLD_MAX];
	u32 ntold;
	enum reason reason; /* of the last packet */
	bool alone; /* some packets are not for the kernel's test runs: no comparison */
};

#ifdef PIPE_PARITY
static void parity_begin(struct pipe *p);
static void parity_packet(struct pipe *p, enum direction dir, const u8 *data, u32 len,
			  u32 told_before);
static void parity_end(struct pipe *p);
static const char *parity_name(void);
#else
static inline void parity_begin(struct pipe *p)
{
	(void)p;
}

static inline void parity_packet(struct pipe *p, enum direction dir, const u8 *data, u32 len,
				 u32 told_before)
{
	(void)p, (void)dir, (void)data, (void)len, (void)told_before;
}

static inline void parity_end(struct pipe *p)
{
	(void)p;
}

static inline const char *parity_name(void)
{
	return "";
}
#endif

static const struct pipe_variant pipe_variants[] = {
	{"v4 lan", "192.168.0.2", "5.0.0.2", "5.0.0.3", false},
	{"v4 wan", "192.168.0.2", "5.0.0.2", "5.0.0.3", true},
	{"v6 lan", "2001:db8::2", "2001:db8:1::2", "2001:db8:1::3", false},
	{"v6 wan", "2001:db8::2", "2001:db8:1::2", "2001:db8:1::3", true},
};

static inline void pipe_told(void *arg, const struct event *event, u32 size)
{
	struct pipe *p = arg;

	assert_true(size >= offsetof(struct event, stun) && size <= sizeof(*event));
	assert_true(p->ntold < TOLD_MAX);
	memset(&p->told[p->ntold], 0, sizeof(*event));
	memcpy(&p->told[p->ntold], event, size);
	p->sizes[p->ntold++] = size;
}

static inline struct pipe *pipe_new(const struct pipe_variant *variant, u32 max_flows)
{
	struct pipe *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->n = native_new(max_flows, pipe_told, p);
	assert_non_null(p->n);
	p->variant = variant;
	p->now = 1700000000ull * SEC;
	p->host = ep(variant->host, 7000);
	p->peer = ep(variant->peer, 7002);
	p->other = ep(variant->other, 7004);
	p->seq[OUT] = 0xfffffff0; /* it wraps soon */
	p->seq[IN] = 1000;
	p->alone = max_flows != PIPE_FLOWS;
	parity_begin(p);
	return p;
}

static inline void pipe_free(struct pipe *p)
{
	parity_end(p);
	native_free(p->n);
	free(p);
}

/* cmocka's initial state is the variant. */
static inline int pipe_start(void **state)
{
	*state = pipe_new(*state, PIPE_FLOWS);
	return 0;
}

static inline int pipe_end(void **state)
{
	pipe_free(*state);
	return 0;
}

static inline enum direction dir_of(const struct pipe *p, enum way way)
{
	return (way == OUT) == p->variant->wan ? DIR_OUT : DIR_IN;
}

/* Any bytes as a packet of IFINDEX. */
static inline enum reason pass_link(struct pipe *p, enum direction dir, enum native_link link,
				    const struct buf *f)
{
	/* a copy of the exact size: sanitizers then see each byte that is read too many */
	u8 *there = malloc(f->len + 1);
	u32 before = p->ntold;

	memcpy(there, f->b, f->len);
	p->reason = native_packet(p->n, IFINDEX, dir, link, there, f->len, f->len, p->now);
	free(there);
	parity_packet(p, dir, f->b, f->len, before);
	return p->reason;
}

static inline enum reason pass_frame(struct pipe *p, enum direction dir, const struct buf *f)
{
	return pass_link(p, dir, NATIVE_ETHERNET, f);
}

static inline void send_frame(struct pipe *p, enum way way, const struct buf *f)
{
	p->now += MS;
	pass_frame(p, dir_of(p, way), f);
}

/* As another point saw it, or in another form; the kernel's programs do not get it. */
static inline enum reason pass_alone(struct pipe *p, u32 ifindex, enum direction dir,
				     enum native_link link, const struct buf *f, u32 have)
{
	p->alone = true;
	return native_packet(p->n, ifindex, dir, link, f->b, have, f->len, p->now);
}

static inline void send_bytes(struct pipe *p, enum way way, const void *data, u32 len)
{
	struct buf f;

	frame_udp(&f, way == OUT ? p->host : p->peer, way == OUT ? p->peer : p->host, data, len);
	send_frame(p, way, &f);
	assert_int_equal(p->reason, REASON_PASS);
}

static inline void send_udp(struct pipe *p, enum way way, const struct buf *m)
{
	send_bytes(p, way, m->b, m->len);
}

/* A TCP segment at a place of the stream; `send_tcp` sends the next one. */
static inline void send_segment(struct pipe *p, enum way way, u32 seq, u8 flags, const void *data,
				u32 len)
{
	struct tcp_of of = {.seq = seq, .flags = flags, .options = 12};
	struct buf f;

	frame_tcp(&f, way == OUT ? p->host : p->peer, way == OUT ? p->peer : p->host, &of, data,
		  len);
	send_frame(p, way, &f);
	assert_int_equal(p->reason, REASON_PASS);
}

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static inline void send_tcp(struct pipe *p, enum way way, u8 flags, const void *data, u32 len)
{
	send_segment(p, way, p->seq[way], flags, data, len);
	p->seq[way] += len + !!(flags & (SYN | FIN));
}

static inline struct flow_key key_between(const struct pipe *p, u8 proto)
{
	struct flow_key key = {.tag = IFINDEX, .proto = proto};

	key.far = p->variant->wan ? p->peer : p->host;
	key.near = p->variant->wan ? p->host : p->peer;
	return key;
}

struct pipe_search {
	const struct flow_key *key; /* NULL: any */
	const struct flow_record *found;
	u32 count;
};

static inline void pipe_look(void *arg, const struct flow_key *key,
			     const struct flow_record *record)
{
	struct pipe_search *s = arg;

	s->count++;
	if (!memcmp(key, s->key, sizeof(*key)))
		s->found = record;
}

static inline const struct flow_record *flow_of(struct pipe *p, const struct flow_key *key)
{
	struct pipe_search s = {.key = key};

	native_each_flow(p->n, pipe_look, &s);
	return s.found;
}

static inline u32 flow_count(struct pipe *p)
{
	struct flow_key none = {.proto = 0};
	struct pipe_search s = {.key = &none};

	native_each_flow(p->n, pipe_look, &s);
	return s.count;
}

/* The record between host and peer; NULL when there is none. */
static inline const struct flow_record *record_of(struct pipe *p, u8 proto)
{
	struct flow_key key = key_between(p, proto);

	return flow_of(p, &key);
}

static inline const struct flow_dir *half_of(struct pipe *p, enum way way)
{
	const struct flow_record *record = record_of(p, PROTO_UDP);

	assert_non_null(record);
	return &record->dir[dir_of(p, way)];
}

static inline u64 counted(struct pipe *p, enum way way, enum carrier carrier, enum msg_class cls)
{
	return native_point(p->n, IFINDEX)->packets[dir_of(p, way)][carrier][cls];
}

static inline u64 skipped(struct pipe *p, enum reason reason)
{
	return native_self(p->n)->skipped[reason];
}

static inline u64 skipped_in_all(struct pipe *p)
{
	u64 sum = 0;

	for (int i = 0; i < REASON_COUNT; i++)
		sum += skipped(p, i);
	return sum;
}

static inline void forget(struct pipe *p)
{
	p->ntold = 0;
}

static inline void expect_told(const struct pipe *p, u32 n)
{
	assert_int_equal(p->ntold, n);
}

/* The only event since the last forget(): its kind, way and class. It is forgotten then. */
static inline struct event take_told(struct pipe *p, u8 kind, enum way way, u8 cls)
{
	struct event *e = &p->told[0];

	assert_int_equal(p->ntold, 1);
	assert_int_equal(e->kind, kind);
	assert_int_equal(e->dir, dir_of(p, way));
	assert_int_equal(e->cls, cls);
	assert_int_equal(e->ifindex, IFINDEX);
	assert_true(e->time_ns == p->now);
	assert_int_equal(e->zero, 0);
	p->ntold = 0;
	return *e;
}

static inline u64 check(struct pipe *p, enum way way, const char *username)
{
	struct check_of of = {.id = ++p->ids, .username = username};
	struct buf m;

	msg_check(&m, &of);
	send_udp(p, way, &m);
	return of.id;
}

static inline void answer(struct pipe *p, enum way way, u64 id)
{
	struct buf m;

	msg_answer(&m, id, p->host);
	send_udp(p, way, &m);
}

/* Both sides' checks are answered. */
static inline void establish(struct pipe *p)
{
	answer(p, IN, check(p, OUT, "bobb:alic"));
	answer(p, OUT, check(p, IN, "alic:bobb"));
	forget(p);
}

static inline void rtp(struct pipe *p, enum way way, u32 ssrc, u16 seq)
{
	struct rtp_of of = {.ssrc = ssrc, .seq = seq, .payload_type = 111, .len = 100};
	struct buf m;

	msg_rtp(&m, &of);
	send_udp(p, way, &m);
}

struct pipe_case {
	const char *name;
	CMUnitTestFunction test;
};

#define PIPE_CASE(test)     \
	{                   \
#test, test \
	}

#ifndef PIPE_WANTED
#define PIPE_WANTED(variant) true
#endif

/* Runs each case with each variant that is wanted. */
static inline int pipe_run(const char *group, const struct pipe_case *cases, size_t n)
{
	size_t variants = COUNT(pipe_variants), all = 0;
	struct CMUnitTest *tests = calloc(n * variants, sizeof(*tests));
	char(*names)[120] = calloc(n * variants, sizeof(*names));
	int failed;

	for (size_t i = 0; i < n * variants; i++) {
		const struct pipe_variant *v = &pipe_variants[i % variants];
		const struct pipe_case *c = &cases[i / variants];

		if (!PIPE_WANTED(v))
			continue;
		snprintf(names[all], sizeof(names[all]), "%s (%s%s)", c->name, v->name,
			 parity_name());
		tests[all] =
			(struct CMUnitTest){names[all], c->test, pipe_start, pipe_end, (void *)v};
		all++;
	}
	failed = _cmocka_run_group_tests(group, tests, all, NULL, NULL);
	free(tests);
	free(names);
	return failed;
}

#endif
