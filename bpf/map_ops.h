/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All that the pipeline asks of the place it runs in. Each operation is declared here and defined
 * twice: map_ops_bpf.h (with ct_kfuncs.h) does it with BPF maps and helpers, and
 * user/source/capture/map_ops_native.h with hash tables and the time of the packet at hand.
 *
 * What holds for all of them:
 *  - A lookup returns a pointer to the value in the map, which the caller may read and write in
 *    place, or NULL when there is no such entry. The pointer is valid until the current packet is
 *    done with.
 *  - An insert copies key and value, and takes the place of an entry with the same key. It
 *    returns 0, or another value when the map is full or memory is out. A map that evicts its least
 *    recently used entry is never full in this sense.
 *  - Addresses are in network byte order, ports and numbers in host byte order, times in ns of
 *    one monotonic clock (the capture's own natively).
 */
#ifndef P2PSCOPE_BPF_MAP_OPS_H
#define P2PSCOPE_BPF_MAP_OPS_H

#include "context.h"
#include "p2pscope/flow.h"

#define TCP_FILTER_SLOTS 65536

/* Whether any TCP connection of a hash is of interest; tcp.h says what a slot holds. */
struct tcp_filter {
	u8 slot[TCP_FILTER_SLOTS];
};

#define HINT_SLOTS 65536

/* Bits; media and QUIC may share a flow (RFC 9443). A slot belongs to a flow or to a stream. */
enum hint_mark {
	HINT_MEDIA = 1 << 0,
	HINT_QUIC = 1 << 1,
	HINT_STREAM = 1 << 2,
	HINT_STREAM_VALID = 1 << 3
};

/* What is remembered of a flow, or of a stream, that has no record (untracked.h). */
struct hint {
	u32 check; /* the whole hash, of which the slot's number is a part */
	u32 ssrc; /* of a stream */
	u16 seq; /* of a stream: the last RTP sequence number */
	u8 marks; /* enum hint_mark */
	/*
	 * of a stream: packets in a row with consecutive numbers; of QUIC: the first one's
	 * direction
	 */
	u8 row;
	u8 unsure; /* packets not yet believed, up to 255: of a flow RTCP, of a stream RTP */
	u8 zero[3];
};

#define LIVENESS_SLOTS 16384

/* When a host was last answered (liveness.h). */
struct liveness {
	u32 check; /* the whole hash, of which the slot's number is a part */
	u32 time; /* liveness_time() */
};

/* --- flows --- */

/* The record of a known flow. Natively the flow counts as touched from here on. */
static __always_inline struct flow_record *flow_lookup(const struct flow_key *key);

/* Makes a flow known. Fails when there are as many as the user allows. */
static __always_inline long flow_insert(const struct flow_key *key,
					const struct flow_record *record);

/* Flows on probation. The map evicts its least recently used entry. */
static __always_inline struct probe_record *probe_lookup(const struct flow_key *key);
static __always_inline long probe_insert(const struct flow_key *key,
					 const struct probe_record *record);

/* Removes a flow from probation; nothing happens when it is not there. */
static __always_inline void probe_delete(const struct flow_key *key);

/* Where the channels of TURN lead (RFC 8656 section 12). The map evicts. */
static __always_inline struct channel *channel_lookup(const struct channel_key *key);
static __always_inline long channel_insert(const struct channel_key *key,
					   const struct channel *channel);

/* The flow that the later fragments of a datagram belong to. The map evicts. */
static __always_inline struct flow_key *fragment_lookup(const struct fragment_key *key);
static __always_inline long fragment_insert(const struct fragment_key *key,
					    const struct flow_key *flow);

/* First bytes and holes of TCP streams. The map evicts. */
static __always_inline struct tcp_hole *tcp_hole_lookup(const struct flow_key *key);
static __always_inline long tcp_hole_insert(const struct flow_key *key,
					    const struct tcp_hole *hole);
static __always_inline void tcp_hole_delete(const struct flow_key *key);

/* Messages that are put together. The map evicts. */
static __always_inline struct tcp_part *tcp_part_lookup(const struct flow_key *key);
static __always_inline long tcp_part_insert(const struct flow_key *key,
					    const struct tcp_part *part);
static __always_inline void tcp_part_delete(const struct flow_key *key);

/* --- tables of fixed size: each hash has a slot, which it shares with others --- */

/*
 * The byte of all TCP connections with this flow_hash(): 0 when none of them is of interest.
 * Returns NULL only to please the verifier: natively and in a loaded program the slot is there.
 *
 */
static __always_inline u8 *tcp_filter_slot(u32 hash);

/*
 * The slots of a hash, as tcp_filter_slot(); `check` tells whether it holds this hash or another.
 */
static __always_inline struct hint *hint_lookup(u32 hash);
static __always_inline struct liveness *liveness_lookup(u32 hash);

/* --- counters, per CPU in the kernel --- */

/* The counters of an interface, in slot ifindex % POINT_SLOTS, and those of the observer itself. */
static __always_inline struct point_counters *point_lookup(u32 ifindex);
static __always_inline struct self_counters *self_lookup(void);

/* Adds `n` to a counter that several CPUs may write at once. */
static __always_inline void shared_add(u64 *counter, u64 n);

/* Adds 1 to such a counter. Returns its new value. */
static __always_inline u32 shared_next(u32 *counter);

/* --- the message at hand --- */

/*
 * This CPU's context, in which one packet at a time is worked on. What it holds of the packet
 * before is not cleared. NULL as for tcp_filter_slot().
 *
 */
static __always_inline struct msg_context *context_lookup(void);

/*
 * May a DTLS handshake open a flow on which no STUN was answered? In BPF a constant: no. Natively
 * the user may allow it for a capture's point (native_admit_dtls()).
 */
static __always_inline bool dtls_opens(void);

/*
 * Hands the first `size` bytes of an event to user space. In the kernel it is lost, and counted,
 * when the ring is full; events of a flow that is not `known` already when it is half full, so that
 * a flood of new flows hides nothing of those that exist.
 *
 */
static __always_inline void event_write(const struct event *event, u32 size, bool known);

/*
 * The time of the packet in ns: exactly, and as of the kernel's last tick, which costs less.
 * Natively both are the capture's time stamp.
 *
 */
static __always_inline u64 clock_ns(void);
static __always_inline u64 clock_coarse_ns(void);

/* --- the packet --- */

/*
 * Copies `len` (1..MESSAGE_KEPT) bytes from offset `at` of the frame to `to`. Returns 0, or another
 * value when they are not all there; `to` then holds nothing of use.
 */
static __always_inline long source_load(const struct source *src, u32 at, u8 *to, u32 len);

/*
 * Makes the frame's first `bytes`, which must be there, linear in a socket buffer that keeps them
 * in pages. Only linear bytes can be read directly, and only they are seen of a packet that is
 * dropped later (skb_copy()). Pointers into the packet are invalid afterwards. Does nothing
 * natively and in XDP, or when the kernel is out of memory.
 *
 */
static __always_inline void source_pull(const struct source *src, u32 bytes);

/*
 * Looks an entry of conntrack up. `ct` holds the question (include/p2pscope/conntrack.h). When the
 * kernel has an entry, its fields are filled in and true is returned; else `ct` stays as it is.
 * Natively and in XDP the answer is always false.
 */
static __always_inline bool conntrack_lookup(const struct source *src, struct conntrack *ct);

#endif
