/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The data plane compiled natively: the same pipeline headers as in BPF, with hash tables in place
 * of BPF maps. Replay, unit tests, the parity test and the fuzzers drive it. One instance a thread.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_NATIVE_H
#define P2PSCOPE_SOURCE_CAPTURE_NATIVE_H

#include "p2pscope/event.h"

struct native;

/* What a packet begins with. */
enum native_link { NATIVE_ETHERNET, NATIVE_RAW_IP };

/* Called for each event, with its size in bytes (the union is cut behind what the kind needs). */
typedef void (*native_emit_fn)(void *arg, const struct event *event, u32 size);
typedef void (*native_flow_fn)(void *arg, const struct flow_key *key,
			       const struct flow_record *record);

/* Takes the most flows to remember; gives NULL when memory is out. */
struct native *native_new(u32 max_flows, native_emit_fn emit, void *arg);
void native_free(struct native *n);

/*
 * From now on a DTLS handshake at the point `ifindex` opens a flow by itself: of a session, a
 * capture may hold no more.
 */
void native_admit_dtls(struct native *n, u32 ifindex);

/*
 * One packet at the point `ifindex`/`dir`: `have` bytes are at `data`, `wire` were on the wire,
 * `now_ns` is packet time in Unix nanoseconds. Gives the reason why it was not understood, or
 * REASON_PASS.
 */
enum reason native_packet(struct native *n, u32 ifindex, enum direction dir, enum native_link link,
			  const u8 *data, u32 have, u32 wire, u64 now_ns);

/*
 * Counts a packet that did not get that far, for this reason; `cut`: bytes of it are missing. Gives
 * the reason it counts as.
 */
enum reason native_skip(struct native *n, enum reason reason, bool cut);

/* Calls `fn` for each known flow. */
void native_each_flow(struct native *n, native_flow_fn fn, void *arg);

/* For each one that a packet has touched since the last call of either, and for all over TCP. */
void native_each_touched(struct native *n, native_flow_fn fn, void *arg);

/* Forgets flows silent since `before_ns`. */
void native_expire(struct native *n, u64 before_ns);

const struct self_counters *native_self(const struct native *n);
const struct point_counters *native_point(const struct native *n, u32 ifindex);

#endif
