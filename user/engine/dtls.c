/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/dtls.h"
#include "engine/flow.h"
#include "engine/hello.h"
#include "engine/session.h"
#include "engine/session_course.h"
#include "engine/session_anonymous.h"
#include "engine/session_evidence.h"
#include "util/address.h"

/* RFC 5246 section 7.2: a warning leaves the handshake alone, close_notify (0) ends it in order. */
enum { ALERT_FATAL = 2, ALERT_CLOSE_NOTIFY = 0 };

static const char *const step_text[DTLS_STEP_MAX] = {
	[DTLS_CLIENT_HELLO] = "ClientHello",
	[DTLS_HELLO_VERIFY] = "HelloVerifyRequest or HelloRetryRequest",
	[DTLS_SERVER_HELLO] = "ServerHello",
	[DTLS_CHANGE_CIPHER] = "ChangeCipherSpec",
	[DTLS_FINISHED] = "Finished",
	[DTLS_CIPHER13] = "encrypted handshake (DTLS 1.3)",
	[DTLS_DATA] = "application data",
	[DTLS_ALERT] = "alert",
	[DTLS_ALERT_CIPHER] = "encrypted alert",
	[DTLS_HELLO_PIECE] = "later fragment of a hello",
};

static void alert_seen(struct session_state *s, const struct event *event, enum heading heading)
{
	const struct dtls_info *d = &event->dtls;

	if (d->step == DTLS_ALERT_CIPHER || d->alert == ALERT_CLOSE_NOTIFY) {
		s->hung_up = 1;
		return;
	}
	if (d->alert_level != ALERT_FATAL || s->s.dtls.alert_seen)
		return;
	s->s.dtls.alert_seen = 1;
	s->s.dtls.alert = d->alert;
	course_alert(s, event->time_ns);
	s->alert_heading = heading;
}

static u32 hello_length(const struct dtls_info *d)
{
	return d->hello_len <= DTLS_HELLO_KEPT ? d->hello_len : 0;
}

static void server_hello(struct session_state *s, const struct dtls_info *d)
{
	struct server_hello hello;

	hello_parse_server(&hello, d->hello, hello_length(d));
	if (hello.version)
		s->s.dtls.version = hello.version;
	if (hello.srtp_profile)
		s->s.dtls.srtp_profile = hello.srtp_profile;
}

static bool saw_checks(const struct flow *f)
{
	return f->answered || f->leg[OUTBOUND].requests || f->leg[INBOUND].requests;
}

static void note_srtp(struct flow *f, const struct dtls_info *d)
{
	struct server_hello hello = {0};
	enum srtp_offer offer;

	if (d->step == DTLS_SERVER_HELLO)
		hello_parse_server(&hello, d->hello, hello_length(d));
	else if (d->step != DTLS_CLIENT_HELLO)
		return;
	else
		hello.srtp = hello_offers_srtp(d->hello, hello_length(d));
	offer = hello.srtp ? SRTP_OFFERED : hello_length(d) < d->message_len ? SRTP_CUT : SRTP_NONE;
	if (f->srtp < offer)
		f->srtp = offer;
}

/*
 * Without checks, DTLS is a session when it is for SRTP (RFC 5764 section 4.1): VPNs and CoAP use
 * DTLS, too, and WebRTC always offers it (RFC 8827 section 6.5). Where that cannot be seen, as the
 * hello is a long one, both ends have to speak it.
 */
static bool is_session(const struct flow *f, const struct event *event, enum heading heading)
{
	/* a flow that is not known carries checks that nobody has answered */
	if (f->session || !event->known)
		return f->session;
	return saw_checks(f) || f->srtp == SRTP_OFFERED ||
	       (f->srtp == SRTP_CUT && f->leg[!heading].dtls_seen);
}

/*
 * Sets the stage of a session that began with DTLS. Its ClientHello may become evidence only now,
 * as it was no sign of a session before it was answered.
 */
static void session_by_dtls(struct session_state *s, const struct flow *f, enum heading heading)
{
	u64 at = leg_inside(f, !heading)->hello_ns;
	char to[ENDPOINT_TEXT];

	session_stage(s, saw_checks(f) || f->leg[!heading].dtls_seen ? STAGE_CONNECTED
								     : STAGE_CHECKING);
	if (!at || s->s.dtls.client)
		return;
	heading = !heading;
	s->s.dtls.client = heading == OUTBOUND ? 1 : 2;
	if (at < s->s.times.first)
		s->s.times.first = at;
	session_say(s, at, engine_at(f->side, heading == OUTBOUND ? DIR_OUT : DIR_IN),
		    EVIDENCE_DTLS_HELLO, heading == OUTBOUND ? "to" : "from",
		    endpoint_text(flow_remote(f), to));
}

static void step_seen(struct leg_inside *leg, const struct event *event)
{
	u8 step = event->dtls.step;

	if (step == DTLS_CLIENT_HELLO && leg->hellos < event->dtls.count)
		leg->hellos = event->dtls.count;
	if (step != DTLS_DATA)
		raise_size(&leg->dtls_max, event->wire_len);
	if (step == DTLS_CLIENT_HELLO && !leg->hello_ns)
		leg->hello_ns = event->time_ns;
	if (1u << step & DTLS_THROUGH && (!leg->through_ns || event->time_ns < leg->through_ns))
		leg->through_ns = event->time_ns;
	if (step == DTLS_DATA && !leg->media_first_ns)
		leg->media_first_ns = event->time_ns;
}

void dtls_event(struct engine *e, struct flow *f, const struct event *event)
{
	enum heading heading = engine_heading(f->side, event->dir);
	struct leg_inside *inside = leg_inside_get(f, heading);
	u8 step = event->dtls.step;
	struct session_state *s;
	char to[ENDPOINT_TEXT];

	if (step >= DTLS_STEP_MAX)
		return;
	note_srtp(f, &event->dtls);
	s = is_session(f, event, heading) ? session_without_ufrags(e, f, event->time_ns) : NULL;
	f->leg[heading].dtls_seen |= 1u << step;
	if (inside)
		step_seen(inside, event);
	if (!s)
		return;
	if (!s->s.ufrag_len[0])
		session_by_dtls(s, f, heading);
	if (step == DTLS_CLIENT_HELLO && !s->s.dtls.client)
		s->s.dtls.client = heading == OUTBOUND ? 1 : 2;
	if (step == DTLS_SERVER_HELLO)
		server_hello(s, &event->dtls);
	if (step == DTLS_CIPHER13)
		/* a long key share may hide the extension with the version */
		s->s.dtls.version = 0xfefc;
	if (step == DTLS_ALERT || step == DTLS_ALERT_CIPHER)
		alert_seen(s, event, heading);
	if (step_text[step] && event->dtls.count == 1 && flow_meets_first(f, event->dir))
		session_say(s, event->time_ns, engine_at(f->side, event->dir), EVIDENCE_DTLS_STEP,
			    step_text[step], heading == OUTBOUND ? "to" : "from",
			    endpoint_text(flow_remote(f), to), event->wire_len);
}
