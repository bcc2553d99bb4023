/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The data plane compiled natively: the same pipeline headers as in BPF, with hash tables in place
 * of BPF maps. Replay, unit tests, the parity test and the fuzzers drive it. One instance a thread.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_NATIVE_H
#define P2PSCOPE_SOURCE_CAPTURE_NATIVE_H

#include "p2pscope/event.h"

struct native;

/*
 * Why a packet stands in no class, where the pipeline has no fault to find with it: with these and
 * the reasons of words.h each packet of a capture is accounted for.
 */
#define NATIVE_UNCLASSED(X)                                                    \
	X(UNCLASSED_NOT_IP, "not-ip") /* ARP, LLDP, 802.2 */                   \
	X(UNCLASSED_NOT_TRANSPORT, "not-transport") /* AH, ESP, PPTP */        \
	X(UNCLASSED_ICMP, "icmp")                                              \
	X(UNCLASSED_FRAGMENT, "fragment") /* a later one: the first counts */  \
	X(UNCLASSED_NO_DATA, "tcp-no-data") /* SYN, ACK, FIN, RST */           \
	X(UNCLASSED_PART, "tcp-part") /* another segment counts the message */ \
	X(UNCLASSED_TUNNEL, "tunnel") /* the packet in it is analysed */

#define NATIVE_UNCLASSED_ENUM(name, word) name,
enum native_unclassed { NATIVE_UNCLASSED(NATIVE_UNCLASSED_ENUM) UNCLASSED_COUNT };
#undef NATIVE_UNCLASSED_ENUM

/* What a packet begins with. */
enum native_link { NATIVE_ETHERNET, NATIVE_RAW_IP };

/* Called for each event, of which the first `size` bytes are set: its union is cut at its kind. */
typedef void (*native_emit_fn)(void *arg, const struct event *event, u32 size);

/* Called for a known flow. Both pointers are valid until it returns. */
typedef void (*native_flow_fn)(void *arg, const struct flow_key *key,
			       const struct flow_record *record);

/*
 * Returns a pipeline that remembers at most `max_flows` known flows and calls `emit` with `arg`,
 * NULL when memory is out.
 */
struct native *native_new(u32 max_flows, native_emit_fn emit, void *arg);

/* `n` may be NULL. */
void native_free(struct native *n);

/*
 * Lets a DTLS handshake at the interface `ifindex` (0: none) open a flow by itself: a capture may
 * hold no more of a session.
 */
void native_admit_dtls(struct native *n, u32 ifindex);

/*
 * Handles one packet that went in direction `dir` at the interface `ifindex`: `have` bytes of it
 * are at `data`, `wire` were on the wire, `now_ns` is its time in Unix nanoseconds. Returns why it
 * was not understood, or REASON_PASS.
 */
enum reason native_packet(struct native *n, u32 ifindex, enum direction dir, enum native_link link,
			  const u8 *data, u32 have, u32 wire, u64 now_ns);

/*
 * Counts a packet that did not get as far as native_packet(). `cut`: bytes of it are missing.
 * Returns the reason that it counts as.
 */
enum reason native_skip(struct native *n, enum reason reason, bool cut);

/*
 * Accounts for a captured packet: to be called behind native_packet() or native_skip(), with what
 * that returned. `carrier`: the packet that it encapsulates is analysed instead.
 */
void native_account(struct native *n, enum reason reason, bool carrier);

/* Counts a packet of this class that is not given to native_packet(): it was captured once more. */
void native_count(struct native *n, u32 ifindex, enum direction dir, enum msg_class cls);

/* Returns how many packets stand in no class for this reason, and the word for it. */
u64 native_unclassed(const struct native *n, enum native_unclassed why);
const char *native_unclassed_word(enum native_unclassed why);

/* Calls `fn` for each known flow. */
void native_each_flow(struct native *n, native_flow_fn fn, void *arg);

/*
 * Calls `fn` for each known flow that a packet has touched since the last call of this function or
 * of native_each_flow(), and for all flows over TCP.
 */
void native_each_touched(struct native *n, native_flow_fn fn, void *arg);

/* Forgets the flows that were silent since `before_ns`. */
void native_expire(struct native *n, u64 before_ns);

/* Return the counters of the pipeline itself and of an interface, which last as long as `n`. */
const struct self_counters *native_self(const struct native *n);
const struct point_counters *native_point(const struct native *n, u32 ifindex);

#endif
