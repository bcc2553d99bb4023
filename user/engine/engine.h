/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine: events, flow samples and time go in, sessions with verdicts come out.
 *
 * Pure: no clock, no file, no socket, no thread, no libbpf. All times are Unix nanoseconds of
 * packet time, 0 when not known. Live and replay drive it alike and get the same verdicts. One
 * owner at a time; outputs read an engine_view, which is a copy.
 */
#ifndef P2PSCOPE_ENGINE_H
#define P2PSCOPE_ENGINE_H

#include "engine/view.h"

struct engine_limits {
	/*
	 * the most kept; beyond it the oldest that is over is forgotten, else the new one is
	 * counted as lost
	 */
	u32 sessions;
	u64 keep_ended_ns; /* how long a session that is over can still be asked for */
};

/* Gives NULL when memory is out. */
struct engine *engine_new(const struct engine_limits *limits);
void engine_free(struct engine *e);

/*
 * Says on which side an interface lies. Must come before its first event; again with another side
 * changes it.
 */
void engine_point(struct engine *e, u32 ifindex, enum side side);

/*
 * Says that an address is the gateway's own outside address, so that a mapping to it is told from a
 * NAT further out.
 */
void engine_outside(struct engine *e, const struct addr *ip);

/*
 * Says that an XDP program of somebody else sits before us on an interface of that name, or (`name`
 * NULL) that there is none any more: what it drops is never seen, so that what did not come in is
 * no evidence. Often, at no cost.
 */
void engine_foreign_xdp(struct engine *e, u32 ifindex, const char *name);

/* Something changed on a flow. */
void engine_event(struct engine *e, const struct event *event);

/*
 * Samples of these flows come next, `count` of them: what is known of the one behind is fetched
 * from memory while one is taken in. Nothing else than time depends on it.
 */
void engine_expect(struct engine *e, const struct flow_key *keys, size_t count);

/*
 * The record of a known flow as it is now: call for each flow about once a second of packet time.
 */
void engine_sample(struct engine *e, const struct flow_key *key, const struct flow_record *record);

#define NOT_QUEUED (-1) /* the rule drops it */
#define QUEUE_UNKNOWN (-2) /* the rule has several to give it to */

/*
 * Says which rule dropped the packet of a drop event, out of the shadow ruleset (user/audit/), or
 * gave it to the queue of that number. `rule` is NULL when it could not be found; `why_not` then
 * says why, in a few words.
 */
void engine_rule(struct engine *e, const struct event *drop, const struct rule *rule, s32 queue,
		 const char *why_not);

#define RULES_MAX 256 /* metrics have a label set for each that hurts */

/*
 * Says which rules can drop packets by now, and how many more there are than these, RULES_MAX at
 * most.
 */
void engine_rules(struct engine *e, const struct rule *rules, size_t count, u64 left_out);

/* What an intrusion detection system said of a packet. */
#define IDS_TEXT 96

struct ids_alert {
	u64 time_ns;
	struct endpoint src, dst; /* as it saw the packet: before or behind NAT */
	u64 signature; /* id */
	u8 proto;
	u8 dropped; /* it dropped the packet, else it only told */
	u16 zero;
	char text[IDS_TEXT]; /* clean ASCII */
};

/* Gives whether the packet is one of a session, whose evidence it then is. */
bool engine_ids(struct engine *e, const struct ids_alert *alert);

/*
 * Conntrack entries that mappings rest on, in turn: what to ask the kernel next. Gives how many of
 * `room` were filled, as questions of conntrack.h. Each is to be answered by
 * engine_conntrack_answer(): with the same question, what came of it, and how long it has left in
 * ns.
 */
size_t engine_conntrack_questions(struct engine *e, struct conntrack *questions, size_t room);
void engine_conntrack_answer(struct engine *e, const struct conntrack *question,
			     const struct conntrack *answer, u64 left_ns);

/* The kernel's table as it is now; call before the answers, which it explains. */
void engine_conntrack_table(struct engine *e, const struct conntrack_table *table);

/* Lets time pass: timers run, verdicts become final. Call about once a second of packet time. */
void engine_tick(struct engine *e, u64 now_ns);

/* What a capture lacks as a whole, so that it proves nothing where it is missing. */
enum { LACKS_ALL_BUT_STUN = 1 << 0, LACKS_A_DIRECTION = 1 << 1 };

/*
 * The packets end here, as captures do; what comes later belongs to another one. Nothing more is
 * waited for: what was seen in part is told as that. `lacks`: LACKS_* bits.
 */
void engine_end(struct engine *e, unsigned int lacks);

/*
 * Tells which kernel drop reason numbers mean which cause: the numbers differ between kernels, so
 * the source reads them from BTF. Unnamed reasons mean CAUSE_DROP.
 */
void engine_drop_reason(struct engine *e, u32 reason, enum cause cause, const char *name);

#endif
