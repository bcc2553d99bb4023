/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Courses of events, each of which ends in one cause. Those that serve several causes are told
 * which one is wanted.
 */
#ifndef P2PSCOPE_TESTS_CAUSE_EVENTS_H
#define P2PSCOPE_TESTS_CAUSE_EVENTS_H

#include "engine_fixture.h"

#define DROP_REASON 5 /* that world.h knows */

static inline void dropped_checks(struct engine_fixture *w, enum cause cause)
{
	engine_drop_reason(w->e, DROP_REASON, cause, "REASON");
	w->outbound_drops = true;
	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		advance_time(w, SEC);
	}
}

static inline void stuck_checks(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	w->outbound_drops = true;
	unanswered_checks(w);
}

static inline void icmp_error(struct engine_fixture *w, u8 code, u32 mtu)
{
	struct event ev = event_at_point(w, SIDE_WAN, IN, EVENT_ICMP, CLASS_OTHER);

	ev.icmp.type = 3;
	ev.icmp.code = code;
	ev.icmp.mtu = mtu;
	ev.icmp.sender = ep("5.0.0.254", 0);
	engine_event(w->e, &ev);
}

static inline void refused_checks(struct engine_fixture *w, enum cause cause)
{
	ice_request(w, OUT, 0);
	icmp_error(w, cause == CAUSE_ICMP_PROHIBITED ? 13 : 0, 0);
	unanswered_checks(w);
}

static inline void reset_server(struct engine_fixture *w, enum cause cause)
{
	struct endpoint peer = w->peer;

	(void)cause;
	w->peer = ep("5.0.0.10", 3478);
	w->tcp = true;
	for (int side = SIDE_WAN; side >= SIDE_LAN; side--) {
		struct event ev = event_at_point(w, side, IN, EVENT_TCP_CLOSE, CLASS_OTHER);

		ev.tcp_close.reset = ev.tcp_close.early = 1;
		ev.tcp_close.ttl = 63;
		engine_event(w->e, &ev);
	}
	w->tcp = false;
	w->peer = peer;
	unanswered_checks(w);
}

/* Two servers are asked over UDP in vain, while something else of the host is answered. */
static inline void ask_silent_servers(struct engine_fixture *w, enum cause cause)
{
	struct stun_spec of = {.cls = STUN_REQUEST, .method = STUN_BINDING};
	struct endpoint peer = w->peer;

	of.flags = cause == CAUSE_UDP_BLOCKED ? STUN_F_TCP_ANSWERED : STUN_F_PORT_ANSWERED;
	for (u8 i = 0; i < 2; i++) {
		w->peer = ep("5.0.0.10", 3478);
		w->peer.ip.b[15] += i;
		of.id = ++w->ids;
		pass_points(w, OUT, make_stun_event, &of);
	}
	w->peer = peer;
}

static inline void silent_servers(struct engine_fixture *w, enum cause cause)
{
	ask_silent_servers(w, cause);
	unanswered_checks(w);
}

static inline void silent_gathering(struct engine_fixture *w, enum cause cause)
{
	struct stun_spec of = {.cls = STUN_REQUEST, .method = STUN_ALLOCATE};
	struct endpoint peer = w->peer;

	(void)cause;
	w->peer = ep("5.0.0.10", 3478);
	for (int i = 0; i < 8; i++) {
		of.id = ++w->ids;
		pass_points(w, OUT, make_stun_event, &of);
		advance_time(w, 4 * SEC);
	}
	w->peer = peer;
	advance_time(w, 20 * SEC);
}

static inline void unanswered_hellos(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	connect_peers(w);
	for (int i = 0; i < 5; i++) {
		dtls_step(w, OUT, DTLS_CLIENT_HELLO);
		keep_consent(w, 4);
	}
}

static inline void unfinished_handshake(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	connect_peers(w);
	for (int i = 0; i < 5; i++) {
		dtls_step(w, OUT, DTLS_CLIENT_HELLO);
		dtls_step(w, IN, DTLS_SERVER_HELLO);
		keep_consent(w, 4);
	}
}

static inline void alert_sent(struct engine_fixture *w, enum cause cause)
{
	struct dtls_spec of = {.step = DTLS_ALERT, .level = 2, .alert = 40};

	(void)cause;
	connect_peers(w);
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	pass_points(w, IN, make_dtls_event, &of);
}

static inline void too_big(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	connect_peers(w);
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	icmp_error(w, 4, 600);
	keep_consent(w, 20);
}

/* The records of a path on which the host's media goes out and checks are answered. */
static inline void sample_media(struct engine_fixture *w, enum side side, u32 packets)
{
	struct event ev = event_at_point(w, side, OUT, EVENT_STREAM, CLASS_RTP);
	struct flow_record record;

	memset(&record, 0, sizeof(record));
	record.dir[side == SIDE_LAN ? DIR_IN : DIR_OUT].rtp_packets = packets;
	record.dir[DIR_IN].success_ns = record.dir[DIR_OUT].success_ns = w->now;
	engine_sample(w->e, &ev.key, &record);
}

static inline void media_out_only(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	for (u32 i = 1; i <= 20; i++) {
		sample_media(w, SIDE_LAN, 50 * i);
		sample_media(w, SIDE_WAN, 50 * i);
		advance_time(w, SEC);
	}
}

static inline void checks_alone(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	unanswered_checks(w);
}

static inline void checks_that_miss(struct engine_fixture *w, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		w->peer.port = 7000;
		ice_request(w, OUT, 0);
		w->peer.port = 41234;
		w->inbound_drops = true;
		ice_request(w, IN, 0);
		advance_time(w, SEC);
	}
}

static inline void checks_past_each_other(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	checks_that_miss(w, 40);
}

static inline void refused_allocation(struct engine_fixture *w, enum cause cause)
{
	refused_allocate(w, false, 401);
	refused_allocate(w, true,
			 cause == CAUSE_TURN_AUTH    ? 401
			 : cause == CAUSE_TURN_QUOTA ? 486
						     : 508);
	advance_time(w, 20 * SEC);
}

static inline void answered_call(struct engine_fixture *w)
{
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	keep_consent(w, 5);
}

static inline void answers_end(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	answered_call(w);
	unanswered_checks(w);
}

/* The peer's program is gone, its kernel answers, and the host goes on. */
static inline void closed_port(struct engine_fixture *w, enum cause cause)
{
	struct event ev = event_at_point(w, SIDE_WAN, IN, EVENT_ICMP, CLASS_OTHER);

	(void)cause;
	answered_call(w);
	advance_time(w, SEC);
	ev.time_ns = w->now;
	ev.icmp.type = 3;
	ev.icmp.code = 3;
	ev.icmp.sender = ep("5.0.0.2", 0);
	for (int i = 0; i < 2; i++)
		engine_event(w->e, &ev);
	for (int i = 0; i < 3; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
}

/* The host goes on asking, as from another port. */
static inline void another_mapping(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	answered_call(w);
	w->mapped.port++;
	unanswered_checks(w);
}

/* The peer answers a check of the host with 487, for the `count`-th time on this path. */
static inline void refuse_check(struct engine_fixture *w, u16 error, u32 count)
{
	struct stun_spec of = {.cls = STUN_ERROR,
			       .method = STUN_BINDING,
			       .error = error,
			       .flags = STUN_F_MATCHED,
			       .id = ice_request(w, OUT, STUN_F_CONTROLLED)};

	for (int side = SIDE_WAN; side >= SIDE_LAN; side--) {
		struct event ev = make_stun_event(w, side, IN, &of);

		ev.count = count;
		engine_event(w->e, &ev);
	}
	advance_time(w, SEC);
}

static inline void roles_refused(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	for (u32 i = 1; i <= 40; i++)
		refuse_check(w, 487, i);
}

static inline void checks_refused_by_peer(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	for (u32 i = 1; i <= 40; i++)
		refuse_check(w, 401, i);
}

static inline void checks_to_the_gateway(struct engine_fixture *w, enum cause cause)
{
	w->peer = ep("5.0.0.1", 7001);
	engine_outside(w->e, &w->peer.ip);
	stuck_checks(w, cause);
}

static inline void checks_untranslated(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	w->mapped = w->host;
	unanswered_checks(w);
}

static inline void hang_up_before_dtls(struct engine_fixture *w, enum cause cause)
{
	(void)cause;
	connect_peers(w);
	keep_consent(w, 2);
	advance_time(w, 20 * SEC);
}

#endif
