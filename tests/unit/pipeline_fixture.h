/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pipeline as one point sees it: a host, its peer, and the packets between them through
 * native_packet(). Each test runs with both families, and with the host on either side of the
 * interface, so that every rule holds in both directions.
 *
 * With PIPELINE_PARITY defined each packet goes through the programs in the kernel, too
 * (tests/bpf/parity.h), and both must agree.
 */
#ifndef P2PSCOPE_TESTS_PIPELINE_FIXTURE_H
#define P2PSCOPE_TESTS_PIPELINE_FIXTURE_H

#include "suite.h"

#include "p2pscope/stream.h"
#include "source/capture/native.h"

#ifndef IFINDEX
#define IFINDEX 1 /* the loopback interface, which the kernel's test runs take for the packet's */
#endif
#define EVENTS_MAX 512
#define PIPELINE_FLOWS 1000

struct pipeline_variant {
	const char *name, *host, *peer, *other;
	bool wan; /* the peer, not the host, is beyond the interface */
};

struct pipeline {
	const struct pipeline_variant *variant;
	struct native *n;
	u64 now;
	u64 ids; /* transaction ids given out */
	struct endpoint host, peer, other; /* `other`: one more peer */
	u32 seq[2]; /* TCP, of each way */
	struct event events[EVENTS_MAX];
	u32 sizes[EVENTS_MAX];
	u32 nevents;
	enum reason reason; /* of the last packet */
	bool native_only; /* some packets are not for the kernel's test runs: no comparison */
};

#ifdef PIPELINE_PARITY
static void parity_begin(struct pipeline *p);
static void parity_packet(struct pipeline *p, enum direction dir, const u8 *data, u32 len,
			  u32 events_before);
static void parity_end(struct pipeline *p);
static const char *parity_name(void);
#else
static inline void parity_begin(struct pipeline *p)
{
	(void)p;
}

static inline void parity_packet(struct pipeline *p, enum direction dir, const u8 *data, u32 len,
				 u32 events_before)
{
	(void)p, (void)dir, (void)data, (void)len, (void)events_before;
}

static inline void parity_end(struct pipeline *p)
{
	(void)p;
}

static inline const char *parity_name(void)
{
	return "";
}
#endif

static const struct pipeline_variant pipeline_variants[] = {
	{"v4 lan", "192.168.0.2", "5.0.0.2", "5.0.0.3", false},
	{"v4 wan", "192.168.0.2", "5.0.0.2", "5.0.0.3", true},
	{"v6 lan", "2001:db8::2", "2001:db8:1::2", "2001:db8:1::3", false},
	{"v6 wan", "2001:db8::2", "2001:db8:1::2", "2001:db8:1::3", true},
};

static inline void pipeline_event(void *arg, const struct event *event, u32 size)
{
	struct pipeline *p = arg;

	assert_true(size >= offsetof(struct event, stun) && size <= sizeof(*event));
	assert_true(p->nevents < EVENTS_MAX);
	memset(&p->events[p->nevents], 0, sizeof(*event));
	memcpy(&p->events[p->nevents], event, size);
	p->sizes[p->nevents++] = size;
}

static inline struct pipeline *pipeline_new(const struct pipeline_variant *variant, u32 max_flows)
{
	struct pipeline *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->n = native_new(max_flows, pipeline_event, p);
	assert_non_null(p->n);
	p->variant = variant;
	p->now = 1700000000ull * SEC;
	p->host = ep(variant->host, 7000);
	p->peer = ep(variant->peer, 7002);
	p->other = ep(variant->other, 7004);
	p->seq[OUT] = 0xfffffff0; /* it wraps soon */
	p->seq[IN] = 1000;
	p->native_only = max_flows != PIPELINE_FLOWS;
	parity_begin(p);
	return p;
}

static inline void pipeline_free(struct pipeline *p)
{
	parity_end(p);
	native_free(p->n);
	free(p);
}

/* cmocka's initial state is the variant. */
static inline int pipeline_setup(void **state)
{
	*state = pipeline_new(*state, PIPELINE_FLOWS);
	return 0;
}

static inline int pipeline_teardown(void **state)
{
	pipeline_free(*state);
	return 0;
}

static inline enum direction dir_of(const struct pipeline *p, enum host_dir way)
{
	return (way == OUT) == p->variant->wan ? DIR_OUT : DIR_IN;
}

/* Any bytes as a packet of IFINDEX. */
static inline enum reason pass_link(struct pipeline *p, enum direction dir, enum native_link link,
				    const struct buf *f)
{
	/* a copy of the exact size: sanitizers then see each byte that is read too many */
	u8 *there = malloc(f->len + 1);
	u32 before = p->nevents;

	memcpy(there, f->b, f->len);
	p->reason = native_packet(p->n, IFINDEX, dir, link, there, f->len, f->len, p->now);
	free(there);
	parity_packet(p, dir, f->b, f->len, before);
	return p->reason;
}

static inline enum reason pass_frame(struct pipeline *p, enum direction dir, const struct buf *f)
{
	return pass_link(p, dir, NATIVE_ETHERNET, f);
}

static inline void send_frame(struct pipeline *p, enum host_dir way, const struct buf *f)
{
	p->now += MS;
	pass_frame(p, dir_of(p, way), f);
}

/* As another point saw it, or in another form; the kernel's programs do not get it. */
static inline enum reason pass_native_only(struct pipeline *p, u32 ifindex, enum direction dir,
					   enum native_link link, const struct buf *f, u32 have)
{
	p->native_only = true;
	return native_packet(p->n, ifindex, dir, link, f->b, have, f->len, p->now);
}

static inline void send_bytes(struct pipeline *p, enum host_dir way, const void *data, u32 len)
{
	struct buf f;

	frame_udp(&f, way == OUT ? p->host : p->peer, way == OUT ? p->peer : p->host, data, len);
	send_frame(p, way, &f);
	assert_int_equal(p->reason, REASON_PASS);
}

static inline void send_udp(struct pipeline *p, enum host_dir way, const struct buf *m)
{
	send_bytes(p, way, m->b, m->len);
}

/* A TCP segment at a place of the stream; `send_tcp` sends the next one. */
static inline void send_segment(struct pipeline *p, enum host_dir way, u32 seq, u8 flags,
				const void *data, u32 len)
{
	struct tcp_of of = {.seq = seq, .flags = flags, .options = 12};
	struct buf f;

	frame_tcp(&f, way == OUT ? p->host : p->peer, way == OUT ? p->peer : p->host, &of, data,
		  len);
	send_frame(p, way, &f);
	assert_int_equal(p->reason, REASON_PASS);
}

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static inline void send_tcp(struct pipeline *p, enum host_dir way, u8 flags, const void *data,
			    u32 len)
{
	send_segment(p, way, p->seq[way], flags, data, len);
	p->seq[way] += len + !!(flags & (SYN | FIN));
}

static inline struct flow_key key_between(const struct pipeline *p, u8 proto)
{
	struct flow_key key = {.tag = IFINDEX, .proto = proto};

	key.far = p->variant->wan ? p->peer : p->host;
	key.near = p->variant->wan ? p->host : p->peer;
	return key;
}

struct pipeline_search {
	const struct flow_key *key; /* NULL: any */
	const struct flow_record *found;
	u32 count;
};

static inline void pipeline_match(void *arg, const struct flow_key *key,
				  const struct flow_record *record)
{
	struct pipeline_search *s = arg;

	s->count++;
	if (!memcmp(key, s->key, sizeof(*key)))
		s->found = record;
}

static inline const struct flow_record *flow_of(struct pipeline *p, const struct flow_key *key)
{
	struct pipeline_search s = {.key = key};

	native_each_flow(p->n, pipeline_match, &s);
	return s.found;
}

static inline u32 flow_count(struct pipeline *p)
{
	struct flow_key none = {.proto = 0};
	struct pipeline_search s = {.key = &none};

	native_each_flow(p->n, pipeline_match, &s);
	return s.count;
}

/* The record between host and peer; NULL when there is none. */
static inline const struct flow_record *record_of(struct pipeline *p, u8 proto)
{
	struct flow_key key = key_between(p, proto);

	return flow_of(p, &key);
}

static inline const struct flow_dir *half_of(struct pipeline *p, enum host_dir way)
{
	const struct flow_record *record = record_of(p, PROTO_UDP);

	assert_non_null(record);
	return &record->dir[dir_of(p, way)];
}

static inline u64 packets_counted(struct pipeline *p, enum host_dir way, enum carrier carrier,
				  enum msg_class cls)
{
	return native_point(p->n, IFINDEX)->packets[dir_of(p, way)][carrier][cls];
}

static inline u64 packets_skipped(struct pipeline *p, enum reason reason)
{
	return native_self(p->n)->skipped[reason];
}

static inline u64 all_skipped(struct pipeline *p)
{
	u64 sum = 0;

	for (int i = 0; i < REASON_COUNT; i++)
		sum += packets_skipped(p, i);
	return sum;
}

static inline void clear_events(struct pipeline *p)
{
	p->nevents = 0;
}

static inline void expect_events(const struct pipeline *p, u32 n)
{
	assert_int_equal(p->nevents, n);
}

/* The only event since the last clear_events(): its kind, way and class. It is forgotten then. */
static inline struct event take_only_event(struct pipeline *p, u8 kind, enum host_dir way, u8 cls)
{
	struct event *e = &p->events[0];

	assert_int_equal(p->nevents, 1);
	assert_int_equal(e->kind, kind);
	assert_int_equal(e->dir, dir_of(p, way));
	assert_int_equal(e->cls, cls);
	assert_int_equal(e->ifindex, IFINDEX);
	assert_true(e->time_ns == p->now);
	assert_int_equal(e->zero, 0);
	p->nevents = 0;
	return *e;
}

static inline u64 send_check(struct pipeline *p, enum host_dir way, const char *username)
{
	struct check_of of = {.id = ++p->ids, .username = username};
	struct buf m;

	msg_check(&m, &of);
	send_udp(p, way, &m);
	return of.id;
}

static inline void send_stun_answer(struct pipeline *p, enum host_dir way, u64 id)
{
	struct buf m;

	msg_answer(&m, id, p->host);
	send_udp(p, way, &m);
}

/* Both sides' checks are answered. */
static inline void establish_ice(struct pipeline *p)
{
	send_stun_answer(p, IN, send_check(p, OUT, "bobb:alic"));
	send_stun_answer(p, OUT, send_check(p, IN, "alic:bobb"));
	clear_events(p);
}

static inline void send_rtp(struct pipeline *p, enum host_dir way, u32 ssrc, u16 seq)
{
	struct rtp_of of = {.ssrc = ssrc, .seq = seq, .payload_type = 111, .len = 100};
	struct buf m;

	msg_rtp(&m, &of);
	send_udp(p, way, &m);
}

struct pipeline_case {
	const char *name;
	CMUnitTestFunction test;
};

#define PIPELINE_CASE(test) \
	{                   \
#test, test \
	}

#ifndef PIPELINE_WANTED
#define PIPELINE_WANTED(variant) true
#endif

/* Runs each case with each variant that is wanted. */
static inline int pipeline_run(const char *group, const struct pipeline_case *cases, size_t n)
{
	size_t variants = COUNT(pipeline_variants), all = 0;
	struct CMUnitTest *tests = calloc(n * variants, sizeof(*tests));
	char(*names)[120] = calloc(n * variants, sizeof(*names));
	int failed;

	for (size_t i = 0; i < n * variants; i++) {
		const struct pipeline_variant *v = &pipeline_variants[i % variants];
		const struct pipeline_case *c = &cases[i / variants];

		if (!PIPELINE_WANTED(v))
			continue;
		snprintf(names[all], sizeof(names[all]), "%s (%s%s)", c->name, v->name,
			 parity_name());
		tests[all] = (struct CMUnitTest){names[all], c->test, pipeline_setup,
						 pipeline_teardown, (void *)v};
		all++;
	}
	failed = _cmocka_run_group_tests(group, tests, all, NULL, NULL);
	free(tests);
	free(names);
	return failed;
}

#endif
