/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine's own state, shared by the files of this folder and by nobody else.
 *
 * Directions here are the host's: OUTBOUND is from the host on the LAN to its peer, INBOUND the other
 * way, whichever interface saw the packet.
 */
#ifndef P2PSCOPE_ENGINE_STATE_H
#define P2PSCOPE_ENGINE_STATE_H

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "engine/changes_view.h"
#include "engine/timer_wheel.h"
#include "engine/flow.h"
#include "engine/engine.h"
#include "engine/evidence.h"
#include "engine/hash_index.h"
#include "engine/nat/nat.h"
#include "util/address.h"
#include "util/time.h"

/* A reflexive address a STUN server told one of a host's sockets. */
struct reflexive {
	struct endpoint local, mapped;
};

#define HOST_REFLEXIVES 32

/* TCP to STUN and TURN servers that was reset before the server had said anything. */
struct reset_sum {
	u32 count;
	u8 ttl, ttl_before; /* of the reset; of what came from there before it, 0: nothing */
	struct endpoint from;
	u64 last_ns;
};

/* A machine on the LAN (or the observed host itself). */
struct host {
	struct addr ip;
	UT_hash_handle hh;
	struct reflexive *reflexive; /* HOST_REFLEXIVES at most: the newest overwrite the oldest */
	u32 nreflexive; /* ever */
	u16 turn_error; /* the last final error of an allocation */
	u64 turn_error_ns, turn_granted_ns;
	struct endpoint turn_server; /* of the error */
	struct endpoint tls_server; /* of TURN over TLS, and the name that its client called it */
	char tls_name[TLS_NAME_KEPT + 1];
	u64 tls_media_ns; /* when packets last went through it as media does */
	struct reset_sum reset;
	/* packets to STUN and TURN servers that this gateway dropped */
	struct drop_sum gather_drop;
	struct session_state *gathering; /* the session that stands for a gathering that failed */
	u64 gathering_told;
	u64 tcp_ns; /* when its TCP was last known to be answered */
	u64 session_ns; /* when its newest session began */
	u64 last_ns;
	struct nat_box box;
	u8 known; /* somebody has answered it */
	u8 observed; /* its box has changed since it was counted in the metrics */
	u8 counted, counted_mapping, counted_filtering; /* is it, and as what: enum behaviour */
	struct host *next_observed;
	struct host *older, *newer; /* among the others, the longest unheard of first */
	u8 troubled; /* its way to STUN and TURN servers was refused, dropped or reset */
	struct host *trouble_before, *trouble_after; /* among those, the first one first */
};

/*
 * An address outside to which a host has sent STUN; each time is the last packet of such flows, 0:
 * there is none.
 */
struct asked_remote {
	struct addr ip;
	u64 asked_ns; /* over UDP, in vain */
	u64 server_ns; /* the same, without an ICE user name */
	u64 tcp_ns; /* over TCP, and it has answered */
};

#define REMOTES_ASKED 16

/*
 * Those of one local address. They are made for one that waits for an answer over UDP, and freed
 * when it comes.
 */
struct asked_remotes {
	u64 newest_ns; /* of all times in here */
	u64 port_ns; /* of flows during which other UDP from their port was answered */
	u16 port; /* the remote port of the last of those flows */
	u16 count;
	u32 zero;
	/* in the order in which they came; a new one takes the place of one that goes */
	struct asked_remote remote[];
};

/* A local address that has flows. */
struct local_addr {
	struct link link;
	struct addr ip;
	/* the last packet of UDP flows on which STUN was asked outside, and answered */
	u64 answered_ns;
	struct asked_remotes *asked; /* NULL: none that is newer than that answer */
	u32 nflows;
};

/* ICMP errors of one kind. */
struct icmp_sum {
	u32 count;
	u8 type, code, v6;
	struct addr sender;
	struct endpoint to; /* the destination that was refused */
	u32 mtu; /* of "too big" */
	u64 first_ns;
};

/* NULL with those of whom no such error came. */
struct icmp_sums {
	struct icmp_sum prohibited, unreachable, too_big;
};

/* RFC 8445 section 6.1.1. */
enum ice_role { ICE_ROLE_UNKNOWN, ICE_ROLE_CONTROLLING, ICE_ROLE_CONTROLLED };

struct session_state {
	struct session s;
	struct session_state *prev, *next; /* in one of the engine's two lists, oldest first */
	struct session_state *before, *after; /* among those that are over */
	struct timer timer; /* when it is looked at next */
	u64 place; /* among those of hosts that are known: these ascend in their list */
	struct session_state *same_before, *same_after; /* others of the same ufrags */
	struct link link; /* by the hash of both ufrags, of the first of that list */
	u64 ufrags_hash;
	struct evidence_log evidence;
	struct flow *flows;
	u32 nflows;
	struct drop_sums *drops;
	struct icmp_sums *icmp;
	/* the first answer that went this way and was seen at the host */
	u64 answered_ns[HEADINGS];
	u64 nominated_ns;
	u64 lost_ns; /* the last answer, after which consent was judged to be lost; 0: it was not */
	u64 alert_ns;
	u8 alert_heading;
	u8 counted_verdict; /* the verdict that is in the metrics, VERDICT_PENDING when none */
	u8 timed; /* the histogram has it */
	u8 checks_told, answers_told, alerts_told; /* as evidence */
	/* the engine watches a LAN: what only the WAN shows belongs to no pair of the host */
	u8 lan;
	/*
	 * enum blocked_kind: the drops that the verdict, or its being degraded, rests on;
	 * BLOCKED_KINDS: none
	 */
	u8 blamed;
	u8 udp_judged,
		/*
		 * whether it was looked for; enum cause: why all STUN over UDP was lost further out
		 */
		udp_cause;
	u8 rule_counted; /* bits: as blocked, as degraded */
	u8 role[HEADINGS]; /* enum ice_role: of the last check that was told of each side */
	u8 role_refused; /* 487 in answer to the host's checks, on the path that has most */
	u8 hung_up; /* a closing alert or a port unreachable told that one side left */
	u8 judged; /* the verdict came from the timers, and is told as evidence */
	u8 judged_stage; /* how far it had come then */
	u8 ended; /* its capture is over */
	u8 named; /* its ufrags lead to it */
	u8 past; /* it is among those that are over */
	u8 counted; /* 1 + the stage under which it is in the metrics, 0: it is not */
	struct session_outline outline; /* as of the last change that was noted */
};

#define POINTS_MAX 64
#define RESETS_KEPT 16

struct engine {
	struct engine_limits limits;
	u8 side_of[POINT_SLOTS]; /* 1 + enum side, by ifindex % POINT_SLOTS */
	u8 has_lan;
	u8 ended; /* the next packet's time counts anew: it is of another capture */
	u32 points[POINTS_MAX]; /* interfaces */
	u32 npoints;
	u64 now;
	u64 serial, places; /* given out so far */
	struct index flows, local_addrs;
	/* of each side flows on which the host has asked, by its socket */
	struct index askers[SIDE_WAN + 1];
	struct flow *loose; /* those without a session, the longest unheard of first */
	u32 nloose;
	struct crossing *crossings;
	struct host *hosts;
	struct host *loose_hosts; /* of whom nobody has answered one: made-up ones are among them */
	u32 nloose_hosts;
	struct host *observed; /* whose box has changed */
	struct host *troubled; /* whose gathering may have failed */
	u64 hosts_due_ns; /* none is forgotten before */
	struct index by_ufrags;
	struct session_state *sessions; /* of hosts that are known: what can be asked for */
	/* checks for a host that nobody knows, which anybody outside can send */
	struct session_state *strangers;
	struct session_state *past; /* sessions that are over, for the longest time first */
	u32 nsessions, nstrangers;
	struct timer_wheel looks; /* at sessions */
	struct turn_host *turn_hosts;
	struct nat nat;
	struct outside_addr *outsides;
	struct foreign_xdp *foreign;
	struct reset_sum resets[RESETS_KEPT]; /* the newest that came in at the WAN */
	u32 nresets;
	struct drop_reason *reasons;
	struct rule_state *rules;
	struct rule *idle_rules; /* that can drop; those that did are among them */
	size_t nidle_rules;
	u64 rules_left_out;
	struct engine_metrics metrics;
	struct changes *changes;
};

/* --- gateway_info.c --- */

bool addr_is_outside(const struct engine *e, const struct addr *ip);
/*
 * The name of an interface of the session that somebody else's XDP program held in its time, NULL
 * when there is none.
 */
const char *foreign_xdp(const struct engine *e, const struct session_state *s);
/* The cause a kernel drop reason means, and its name ("" when the source did not tell). */
enum cause drop_cause(const struct engine *e, u32 reason, const char **name);
void told_free(struct engine *e);

/* --- hosts.c --- */

/* The host of a flow, made when it is new; NULL while only the outside of its NAT is known. */
struct host *flow_host(struct engine *e, struct flow *f);
/* The host of an address, made when it is new. NULL when memory is out. */
struct host *host_get(struct engine *e, const struct addr *ip);
/* The same, but NULL when it is new. */
struct host *host_find(const struct engine *e, const struct addr *ip);
/* A server or peer has told what it sees of a socket of the host. */
void host_reflexive(struct host *h, const struct endpoint *local, const struct endpoint *mapped);
/* Its way to STUN and TURN servers is in trouble: its gathering may fail. */
void host_trouble(struct engine *e, struct host *h);
/* Somebody has answered it. */
void host_hold(struct engine *e, struct host *h);
void hosts_expire(struct engine *e);
void hosts_free(struct engine *e);

/* --- local.c --- */

/* Counts a new flow at its local address; false when memory is out. */
bool local_join(struct engine *e, const struct flow *f);
/* The reverse, for one that is deleted. */
void local_leave(struct engine *e, const struct flow *f);
/* Returns what is known of a local address, NULL when it has no flow. */
const struct local_addr *local_find(const struct engine *e, const struct addr *ip);
/* Sums up what a flow shows, after each event and sample of it. */
void local_heard(struct engine *e, struct flow *f);

/* --- stitching.c --- */

/*
 * Ties the two sides of the gateway together when the same transaction shows at a second point
 * (design section 6).
 */
void nat_cross(struct engine *e, struct flow *f, const struct event *event);
void crossings_expire(struct engine *e);
void crossings_free(struct engine *e);

/* --- ice.c, turn.c, dtls.c, refusals.c, media.c, conntrack.c: one kind of event each --- */

void ice_event(struct engine *e, struct flow *f, const struct event *event);
void turn_event(struct engine *e, struct flow *f, const struct event *event);
bool turn_is_server(const struct engine *e, const struct addr *ip);
void turn_free(struct engine *e);
void dtls_event(struct engine *e, struct flow *f, const struct event *event);
void stream_event(struct engine *e, struct flow *f, const struct event *event);
/* What conntrack says of a flow; `known` when it is in the main map. */
void conntrack_learn(struct engine *e, struct flow *f, const struct conntrack *ct, bool known);
/* What a dropped packet of this class hits. */
enum blocked_kind drop_kind(const struct flow *f, u8 cls);
/* Is the drop a block of its flow, and told here? */
bool drop_blocks(const struct flow *f, const struct event *drop);
void close_event(struct engine *e, struct flow *f, const struct event *event);
void drop_event(struct engine *e, struct flow *f, const struct event *event);
void icmp_event(struct engine *e, struct flow *f, const struct event *event);
/* Brings the counters of a sample into a flow. */
void media_sample(struct engine *e, struct flow *f, const struct flow_record *record);
/* Adds a session's media up out of its flows, inside ones only: a packet counts once. */
void media_collect(struct session_state *s);

/* --- tls.c --- */

void tls_event(struct engine *e, struct flow *f, const struct event *event);
/* What a connection has carried since its last sample. */
void tls_sample(struct engine *e, struct flow *f, const struct flow_record *record);

/* --- streams.c --- */

/* Brings the streams of a sample into a flow, and into the metrics. */
void streams_sample(struct engine *e, struct flow *f, enum heading heading,
		    const struct flow_dir *d);
/* Packets that never came, by their numbers. */
u32 stream_lost(const struct leg_stream *ls);

/* --- rules.c --- */

/* Names the rule behind the drops that the session's verdict, or its being degraded, rests on. */
void rule_name(struct engine *e, struct session_state *s);
bool rules_copy(const struct engine *e, struct engine_view *view);
void rules_free(struct engine *e);

/* --- session.c --- */

int sessions_begin(struct engine *e);
void sessions_free(struct engine *e);
struct session_state *session_new(struct engine *e, u64 now, const struct ufrag *own,
				  const struct ufrag *peer);
/* By the ufrags; `host` (may be NULL) tells sessions apart that carry the same ones. */
struct session_state *session_find(struct engine *e, const struct ufrag *own,
				   const struct ufrag *peer, const struct addr *host);
/*
 * Checks on a path of the session carry these ufrags. New ones are an ICE restart (RFC 8445 section
 * 9): the same session, under its new name, with whatever began under that name on other paths.
 */
void session_renew(struct engine *e, struct session_state *s, const struct ufrag *own,
		   const struct ufrag *peer);
/* The host of a session that had none: from now on it can be asked for. */
void session_give_host(struct engine *e, struct session_state *s, const struct addr *host);
/* It may be found by its ufrags again, should it have been past. */
void session_revive(struct engine *e, struct session_state *s);
void session_forget(struct engine *e, struct session_state *s);
/* Puts a flow into a session and gives it its pair. */
void session_join(struct engine *e, struct session_state *s, struct flow *f);
/* Two flows became twins: their session and pair become one. */
void session_stitch(struct engine *e, struct flow *a, struct flow *b);
/* Moves the stage forward, never back. */
void session_stage(struct session_state *s, enum stage stage);

/* --- session_evidence.c --- */

/*
 * Adds evidence to a session: session_say(s, time_ns, at, EVIDENCE_..., arguments of its format).
 * Of many items the last places are kept for what the verdict rests on.
 */
#define session_say(s, time_ns, at, code, ...) \
	session_say_as(s, time_ns, at, code, code##_FORMAT, ##__VA_ARGS__)
void session_say_as(struct session_state *s, u64 time_ns, enum point at, enum evidence_code code,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* All evidence of `from` becomes evidence of the session as well. */
void session_say_all(struct session_state *s, const struct evidence_log *from);

/* Counts one more of a kind of which the first `most` are told; returns whether it is one. */
static inline bool one_of_first(u8 *told, u8 most)
{
	return *told < most && ++*told;
}

/* --- session_schedule.c --- */

/*
 * Takes in what a session has become: it is looked at again at that time, and found and counted as
 * what it is.
 */
void session_settle(struct engine *e, struct session_state *s, u64 again_ns);
/* The reverse, for one that is forgotten. */
void session_unsettle(struct engine *e, struct session_state *s);
/* Looks at those whose time has come. */
void sessions_look(struct engine *e);

/* --- session_anonymous.c --- */

/*
 * The session of a flow that carries DTLS or RTP, made if it has none; NULL when its host is not
 * known.
 */
struct session_state *session_without_ufrags(struct engine *e, struct flow *f, u64 now);

/* --- pair.c --- */

/* The pair of a flow; NULL when it has none. */
struct pair *session_pair(struct session_state *s, struct flow *f);
/*
 * Whether the pair works for the host: its own check was answered or, where it makes none
 * (ICE-lite), the peer's.
 */
void pair_settle(struct pair *p);
/* Gives a flow its pair, unless it is a stray or has one. */
void session_add_pair(struct session_state *s, struct flow *f);
/* Names the addresses of a flow's pair anew: mapped address, relay, types. */
void session_name_pair(struct engine *e, struct session_state *s, struct flow *f);

/* --- session_review.c --- */

/* Looks at all that is known of a session and sets its stage, verdict and whether it is over. */
void session_review(struct engine *e, struct session_state *s);
/* A sample has shown something that its verdict may depend on: it is reviewed at the next tick. */
void session_review_soon(struct engine *e, struct session_state *s);
/* A capture ends: what a session that is not over yet is told as. `lacks`: LACKS_* bits. */
void session_review_end(struct engine *e, struct session_state *s, unsigned int lacks);
/* A gathering of the host that failed without any check becomes a session. */
void host_review_gathering(struct engine *e, struct host *h);

/* --- metrics.c --- */

void metrics_verdict(struct engine *e, struct session_state *s);
void metrics_turn(struct engine *e, u16 method, u16 code);
/* `bounds` are the histogram's own: engine_bounds or jitter_bounds. */
void metrics_observe(struct histogram *h, const double *bounds, double seconds);

#endif
