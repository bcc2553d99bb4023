/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine: events, flow samples and time go in, sessions with verdicts come out.
 *
 * It is pure: no clock, no file, no socket, no thread, no libbpf. All times are Unix nanoseconds of
 * packet time, 0 when not known. Live and replay drive it alike and get the same verdicts. It has
 * one owner at a time; outputs read an engine_view, which is a copy.
 */
#ifndef P2PSCOPE_ENGINE_H
#define P2PSCOPE_ENGINE_H

#include "engine/view.h"

struct engine_limits {
	/*
	 * The most sessions that are kept. Beyond that the one that has been over for longest is
	 * forgotten or, if none is over, a new one is counted as lost.
	 */
	u32 sessions;
	u64 keep_ended_ns; /* how long a session that is over can still be asked for */
	/*
	 * What the ids of sessions are made of besides their number: random, so that no two runs
	 * and no two gateways have the same; 0 where the same input has to give the same ids.
	 */
	u64 instance;
};

/* Returns NULL when memory is out. */
struct engine *engine_new(const struct engine_limits *limits);
/* Frees the engine, which may be NULL. */
void engine_free(struct engine *e);

/* --- what is known of the gateway --- */

/*
 * Sets the side on which an interface lies. This must come before the interface's first event;
 * calling it again with another side changes it.
 */
void engine_point(struct engine *e, u32 ifindex, enum side side);

/*
 * Tells between which times packets of an interface, whose side is set, are seen: that something
 * came in at the other side and never left here counts for these only. Never called, or 0 and 0:
 * always, as live. It comes before the first event.
 */
void engine_covers(struct engine *e, u32 ifindex, u64 from_ns, u64 to_ns);

/*
 * Adds an outside address of the gateway itself, so that a mapping to it can be told from a NAT
 * further out.
 */
void engine_outside(struct engine *e, const struct addr *ip);

/*
 * Reports that somebody else's XDP program runs before ours on an interface of that name or, when
 * `name` is NULL, that there is none any more. What it drops is never seen, so a packet that did
 * not come in is no evidence there. It may be called often, as it costs next to nothing.
 */
void engine_foreign_xdp(struct engine *e, u32 ifindex, const char *name);

/*
 * Sets the cause that a kernel drop reason means, and its name. The numbers differ between kernels,
 * so the source reads them from BTF. A reason without a cause means CAUSE_DROP. Once it was called,
 * drops are taken to be reported: what is lost here is told by them alone.
 */
void engine_drop_reason(struct engine *e, u32 reason, enum cause cause, const char *name);

/* --- events, samples and time --- */

/* Takes in that something changed on a flow. */
void engine_event(struct engine *e, const struct event *event);

/*
 * Prefetch hint before samples of these `count` flows are taken in, in this order; call it again
 * with the rest of the list for each sample. It affects speed only.
 */
void engine_expect(struct engine *e, const struct flow_key *keys, size_t count);

/*
 * Takes in the record of a known flow as it is now. Call it for each flow about once a second of
 * packet time; flows that are not known are ignored.
 */
void engine_sample(struct engine *e, const struct flow_key *key, const struct flow_record *record);

/*
 * Tells how far apart samples of one flow are, ns, where that is more than a second: so much longer
 * a silence may be known of late.
 */
void engine_sampled_each(struct engine *e, u64 ns);

/* Lets time pass: timers run, verdicts become final. Call it about once a second of packet time. */
void engine_tick(struct engine *e, u64 now_ns);

/* What a capture lacks as a whole, so that the absence of it proves nothing. */
enum { LACKS_ALL_BUT_STUN = 1 << 0, LACKS_A_DIRECTION = 1 << 1 };

/*
 * Ends a capture: nothing more is waited for, and sessions get the verdict that they have evidence
 * for. Packets that come later belong to another capture, whose time starts anew. `lacks` has
 * LACKS_* bits.
 */
void engine_end(struct engine *e, unsigned int lacks);

/* --- rules --- */

/*
 * Returns whether the rule behind a drop event, which the engine has taken, is worth looking for:
 * not so where the drop blocked nothing, as that of a check that came before the host had sent
 * there.
 */
bool engine_rule_matters(const struct engine *e, const struct event *drop);

/* What a drop's rule is wanted for: several drops may be asked for on behalf of one session. */
struct rule_wanted {
	/*
	 * A number that drops have in common whose rule is told once: of a session or, without one,
	 * of a host's gathering, and of one kind; 0: it is nobody's.
	 */
	u64 by;
	bool known; /* it is told already, so that this one can wait */
};

struct rule_wanted engine_rule_wanted(const struct engine *e, const struct event *drop);

#define NOT_QUEUED (-1) /* the rule drops the packet */
#define QUEUE_UNKNOWN (-2) /* the rule has several queues to pass it to */

/*
 * Names the rule behind a drop event, as the shadow ruleset found it: it dropped the packet, or
 * passed it to the queue of that number. When `rule` is NULL it was not found, and `why_not` says
 * why, in a few words.
 */
void engine_rule(struct engine *e, const struct event *drop, const struct rule *rule, s32 queue,
		 const char *why_not);

#define RULES_MAX 256 /* metrics have a label set for each that blocked or degraded a session */

/*
 * Sets the rules that can drop packets now, RULES_MAX at most, and how many more of them there are.
 */
void engine_rules(struct engine *e, const struct rule *rules, size_t count, u64 left_out);

/* --- what others say of packets --- */

#define IDS_TEXT 96

/* An alert of an intrusion detection system about one packet. */
struct ids_alert {
	u64 time_ns;
	struct endpoint src, dst; /* as it saw the packet: before or behind NAT */
	u64 signature; /* id */
	u8 proto;
	u8 dropped; /* it dropped the packet, else it only reported it */
	u16 zero;
	char text[IDS_TEXT]; /* clean ASCII */
};

/* Adds an alert to the evidence of its session. Returns false when no session has such a packet. */
bool engine_ids(struct engine *e, const struct ids_alert *alert);

/*
 * Fills `questions` with the conntrack entries to ask the kernel for next, those asked for longest
 * ago first. Returns how many of `room` were filled. Each is to be answered by
 * engine_conntrack_answer().
 */
size_t engine_conntrack_questions(struct engine *e, struct conntrack *questions, size_t room);
/*
 * Takes in the kernel's answer to such a question, which is passed again, and how long the entry
 * has left.
 */
void engine_conntrack_answer(struct engine *e, const struct conntrack *question,
			     const struct conntrack *answer, u64 left_ns);

/*
 * Takes in the state of the kernel's conntrack table. Call it before the answers: it tells entries
 * that were evicted from those that were deleted.
 */
void engine_conntrack_table(struct engine *e, const struct conntrack_table *table);

#endif
