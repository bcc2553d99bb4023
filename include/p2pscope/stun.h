/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * STUN (RFC 8489 sections 5 and 14), its classic form (RFC 3489), and the attributes of ICE (RFC
 * 8445 section 16.1) and TURN (RFC 8656 section 18, RFC 6062 section 6.2).
 *
 *   | 00 type 14 bits | length 2 | cookie 0x2112a442 4 | transaction id 12 |
 *   attribute: | type 2 | length 2 | value | padding to 4 |
 *   type: M11..M7 C1 M6..M4 C0 M3..M0
 *
 * [MS-TURN] is older than RFC 5766. Its attribute MAGIC-COOKIE shows it, with or without STUN's
 * cookie in the header. It is read as what it would be today:
 *
 *   0x0004 Send request:      DESTINATION-ADDRESS, DATA
 *   0x0115 Data indication:   REMOTE-ADDRESS, DATA
 *   0x0103 Allocate response: MAPPED-ADDRESS is the relayed address
 *   Of its addresses only XOR-MAPPED-ADDRESS is XORed.
 */
#ifndef P2PSCOPE_STUN_H
#define P2PSCOPE_STUN_H

#include "demux.h"
#include "event.h"
#include "ip.h"
#include "loop.h"

#define STUN_ATTRIBUTES 40 /* attributes of a message that are looked at */

enum stun_attribute_type {
	ATTR_MAPPED_ADDRESS = 0x0001,
	ATTR_USERNAME = 0x0006,
	ATTR_MESSAGE_INTEGRITY = 0x0008,
	ATTR_ERROR_CODE = 0x0009,
	ATTR_CHANNEL_NUMBER = 0x000c,
	ATTR_LIFETIME = 0x000d,
	ATTR_MAGIC_COOKIE = 0x000f, /* of [MS-TURN] section 2.2.2 */
	/* likewise; REMOTE-ADDRESS has the number of XOR-PEER-ADDRESS */
	ATTR_DESTINATION_ADDRESS = 0x0011,
	ATTR_XOR_PEER_ADDRESS = 0x0012,
	ATTR_DATA = 0x0013,
	ATTR_NONCE = 0x0015,
	ATTR_XOR_RELAYED_ADDRESS = 0x0016,
	ATTR_REQUESTED_TRANSPORT = 0x0019,
	ATTR_MESSAGE_INTEGRITY_SHA256 = 0x001c,
	ATTR_XOR_MAPPED_ADDRESS = 0x0020,
	ATTR_PRIORITY = 0x0024,
	ATTR_USE_CANDIDATE = 0x0025,
	ATTR_CONNECTION_ID = 0x002a,
	ATTR_XOR_MAPPED_ADDRESS_OLD = 0x8020, /* of drafts, still sent by some servers */
	ATTR_SOFTWARE = 0x8022,
	ATTR_FINGERPRINT = 0x8028,
	ATTR_ICE_CONTROLLED = 0x8029,
	ATTR_ICE_CONTROLLING = 0x802a,
	ATTR_NOMINATION = 0xc001, /* draft-thatcher-ice-renomination, as libwebrtc numbers it */
	/* libwebrtc: the transaction id of the last check from the other side */
	ATTR_LAST_CHECK_RECEIVED = 0xc058,
	ATTR_DTLS_IN_STUN = 0xc070, /* libwebrtc: a DTLS datagram inside a check (SPED) */
	ATTR_DTLS_IN_STUN_ACK = 0xc071, /* CRCs of those that came; empty: none yet */
};

/* Where an attribute's value is in the buffer; `len` is 0 when there is none. */
struct stun_part {
	u32 at, len;
};

/*
 * What a message holds besides struct stun_info: where other protocols begin in it; and how far it
 * is read.
 */
struct stun_parts {
	struct stun_part data; /* of a Send or Data indication */
	struct stun_part dtls, dtls_ack; /* DTLS inside STUN */
	struct stun_part last_check; /* a transaction id */
	struct stun_part user, software;
	struct stun_part mapped, xor_mapped, relayed, peer; /* addresses */
	/* stun_name() of the transaction that has arrived; 0: it answers none */
	u64 answers;
	u32 user_hash; /* of the USERNAME as far as it is kept; 0 without one */
	/* while it is read */
	u32 start; /* where the message begins */
	u32 at; /* the next attribute */
	u32 end; /* where the message ends by its own length */
	u32 have; /* where the bytes end that are there */
	u32 lies; /* an attribute reaches beyond the message */
	u32 text_hash;
};

struct stun_walk {
	const struct bytes *in;
	struct stun_info *info;
	struct stun_parts *parts;
};

/* Returns the method in a message type: its bits M11..M0 (RFC 8489 section 5). */
static __always_inline u16 stun_method_of(u16 type)
{
	return (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
}

/* Returns enum stun_class of a message type: its bits C1 and C0 (RFC 8489 section 5). */
static __always_inline u8 stun_class_of(u16 type)
{
	return ((type >> 4) & 1) | ((type >> 7) & 2);
}

/* Returns the bit of enum stun_flag for an attribute whose presence is all that counts, else 0. */
static __always_inline u32 stun_flag_of(u16 type)
{
	switch (type) {
	case ATTR_USERNAME:
		return STUN_F_USERNAME;
	case ATTR_MESSAGE_INTEGRITY:
	case ATTR_MESSAGE_INTEGRITY_SHA256:
		return STUN_F_INTEGRITY;
	case ATTR_LIFETIME:
		return STUN_F_LIFETIME;
	case ATTR_DATA:
		return STUN_F_DATA;
	case ATTR_NONCE:
		return STUN_F_NONCE;
	case ATTR_PRIORITY:
		return STUN_F_PRIORITY;
	case ATTR_USE_CANDIDATE:
	case ATTR_NOMINATION: /* in place of it, and once more for each pair that is to follow */
		return STUN_F_USE_CANDIDATE;
	case ATTR_FINGERPRINT:
		return STUN_F_FINGERPRINT;
	case ATTR_ICE_CONTROLLED:
		return STUN_F_CONTROLLED;
	case ATTR_ICE_CONTROLLING:
		return STUN_F_CONTROLLING;
	}
	return 0;
}

/*
 * Returns whether an attribute counts: behind MESSAGE-INTEGRITY nobody vouches for more than these
 * (RFC 8489 section 14.5).
 */
static __always_inline bool stun_counts(const struct stun_info *info, u16 type)
{
	return !(info->flags & STUN_F_INTEGRITY) || type == ATTR_MESSAGE_INTEGRITY_SHA256 ||
	       type == ATTR_FINGERPRINT;
}

/*
 * Reads an attribute whose value is a number. Of an attribute that stands twice the first counts
 * (RFC 8489 section 14).
 */
static __always_inline void stun_take_number(struct stun_info *info, u16 type, const u8 *value,
					     u32 len)
{
	if (len < 4)
		return;
	switch (type) {
	/* class in the low three bits of the third byte, number in the fourth */
	case ATTR_ERROR_CODE:
		if (!info->error)
			info->error = (value[2] & 7) * 100u + value[3];
		break;
	case ATTR_CHANNEL_NUMBER:
		if (!info->channel)
			info->channel = load_be16(value);
		break;
	case ATTR_CONNECTION_ID:
		if (!info->channel)
			info->channel = load_be32(value);
		break;
	case ATTR_MAGIC_COOKIE:
		if (load_be32(value) == MS_TURN_COOKIE)
			info->flags |= STUN_F_MS_TURN;
		break;
	case ATTR_LIFETIME:
		if (!(info->flags & STUN_F_LIFETIME))
			info->lifetime = load_be32(value);
		break;
	case ATTR_PRIORITY:
		if (!(info->flags & STUN_F_PRIORITY))
			info->priority = load_be32(value);
		break;
	case ATTR_REQUESTED_TRANSPORT:
		if (value[0] == PROTO_TCP)
			info->flags |= STUN_F_TCP_TRANSPORT;
		break;
	}
}

/*
 * Returns where to remember an attribute whose value is an address, a string or another protocol,
 * NULL for any other.
 */
static __always_inline struct stun_part *stun_part_of(struct stun_parts *parts, u16 type)
{
	switch (type) {
	case ATTR_MAPPED_ADDRESS:
		return &parts->mapped;
	case ATTR_XOR_MAPPED_ADDRESS:
	case ATTR_XOR_MAPPED_ADDRESS_OLD:
		return &parts->xor_mapped;
	case ATTR_XOR_RELAYED_ADDRESS:
		return &parts->relayed;
	case ATTR_XOR_PEER_ADDRESS:
	case ATTR_DESTINATION_ADDRESS:
		return &parts->peer;
	case ATTR_USERNAME:
		return &parts->user;
	case ATTR_SOFTWARE:
		return &parts->software;
	case ATTR_DATA:
		return &parts->data;
	case ATTR_LAST_CHECK_RECEIVED:
		return &parts->last_check;
	case ATTR_DTLS_IN_STUN:
		return &parts->dtls;
	case ATTR_DTLS_IN_STUN_ACK:
		return &parts->dtls_ack;
	}
	return NULL;
}

/*
 * Reads one attribute. A step of loop_times(): returns 1 at the end of the message, or of what is
 * there of it.
 */
static __maybe_unused int stun_attribute(u32 index, void *ctx)
{
	const struct stun_walk *w = ctx;
	struct stun_parts *parts = w->parts;
	u32 at = parts->at + 4, len;
	struct stun_part *part;
	const u8 *head;
	u16 type;

	(void)index;
	if (at > parts->end || at > parts->have)
		return 1;
	head = bytes_at(w->in, at - 4);
	type = load_be16(head);
	len = load_be16(head + 2);
	if (at + len > parts->end) {
		parts->lies = 1;
		return 1;
	}
	parts->at = at + ((len + 3) & ~3u);
	if (!stun_counts(w->info, type))
		return 0;
	if (at + 4 <= parts->have)
		stun_take_number(w->info, type, bytes_at(w->in, at), len);
	w->info->flags |= stun_flag_of(type);
	part = stun_part_of(parts, type);
	/* one relayed address of each family may be there (RFC 8656 section 7.3): IPv4's is last */
	if (part && (!part->len || type == ATTR_XOR_RELAYED_ADDRESS)) {
		part->at = at;
		part->len = len;
	}
	return 0;
}

/*
 * A string that is copied out of a message, eight bytes in a step, and hashed (FNV-1a over the
 * bytes, zero-padded to eight).
 */
struct stun_text {
	const struct bytes *in;
	u8 *to;
	u32 at, len;
	u32 *hash;
};

/* Copies eight bytes of a string. A step of loop_times(): returns 1 at the end. */
static __maybe_unused int stun_text_step(u32 index, void *ctx)
{
	const struct stun_text *t = ctx;
	u32 done = (index & 15) * 8;
	const u8 *from = bytes_at(t->in, t->at + done);
	u8 *to = t->to + done;
	u32 hash = *t->hash;

	for (u32 i = 0; i < 8; i++) {
		to[i] = done + i < t->len ? from[i] : 0;
		hash = (hash ^ to[i]) * 16777619u;
	}
	*t->hash = hash;
	return done + 8 >= t->len;
}

/*
 * Copies up to `room` (a multiple of 8, at most 128) bytes of a string. Returns how many; their
 * hash is in parts->text_hash.
 */
static __always_inline u16 stun_copy_text(const struct bytes *in, struct stun_parts *parts,
					  const struct stun_part *part, u8 *to, u32 room)
{
	struct stun_text t = {.in = in, .to = to, .at = part->at, .hash = &parts->text_hash};

	t.len = part->len < room ? part->len : room;
	if (t.at + t.len > parts->have)
		t.len = parts->have > t.at ? parts->have - t.at : 0;
	parts->text_hash = 2166136261u;
	if (t.len)
		loop_times(room / 8, stun_text_step, &t);
	return (u16)t.len;
}

/* Copies USERNAME and SOFTWARE (RFC 8489 sections 14.3 and 14.14), and hashes the USERNAME. */
static __always_inline void stun_copy_texts(const struct bytes *in, struct stun_info *info,
					    struct stun_parts *parts)
{
	if (parts->user.len) {
		info->username_len =
			stun_copy_text(in, parts, &parts->user, info->username, STUN_USERNAME_KEPT);
		parts->user_hash = parts->text_hash | 1;
		if (info->username_len < parts->user.len)
			info->flags |= STUN_F_USERNAME_CUT;
	}
	if (parts->software.len)
		info->software_len = stun_copy_text(in, parts, &parts->software, info->software,
						    STUN_SOFTWARE_KEPT);
}

/*
 * Reads an address attribute's value (RFC 8489 sections 14.1 and 14.2) into `out`, which stays as
 * it is when the value is none: | 0 | family 1 or 2 | port 2 | address 4 or 16 |. `mask`, cookie
 * and transaction id, is what X-Port and X-Address are XORed with if they are (`masked`): a flag
 * and not a pointer that may be NULL, as Linux 6.1 does not see that the one is tested before the
 * other is read.
 */
static __always_inline void stun_address(const struct bytes *in, const struct stun_parts *parts,
					 const struct stun_part *part, const u8 *mask, bool masked,
					 struct endpoint *out)
{
	const u8 *value = bytes_at(in, part->at);
	u32 there = part->at + part->len <= parts->have ? part->len : 0;

	if (there >= 8 && value[1] == 1)
		addr_from_v4(&out->ip, value + 4);
	else if (there >= 20 && value[1] == 2)
		addr_from_v6(&out->ip, value + 4);
	else
		return;
	out->port = load_be16(value + 2);
	if (!masked)
		return;
	out->port ^= load_be16(mask);
	if (value[1] == 1)
		return xor4(out->ip.b + 12, mask);
	for (u32 i = 0; i < 16; i += 4)
		xor4(out->ip.b + i, mask + i);
}

/*
 * Reads all addresses. The XORed form of the mapped address counts more: some NATs rewrite the
 * other (RFC 8489 section 14.2).
 */
static __always_inline void stun_addresses(const struct bytes *in, struct stun_info *info,
					   const struct stun_parts *parts)
{
	const u8 *mask = bytes_at(in, parts->start + 4);
	bool ms = info->flags & STUN_F_MS_TURN;

	stun_address(in, parts, &parts->mapped, mask, false, ms ? &info->relayed : &info->mapped);
	stun_address(in, parts, &parts->xor_mapped, mask, true, &info->mapped);
	stun_address(in, parts, &parts->relayed, mask, true, &info->relayed);
	stun_address(in, parts, &parts->peer, mask, !ms, &info->peer);
}

/* Translates the numbers of [MS-TURN] that mean something else today. */
static __always_inline void stun_modernise(struct stun_info *info)
{
	bool sends = info->cls == STUN_REQUEST && info->method == 0x004;
	bool brings = info->cls == STUN_ERROR && info->method == 0x005;

	if (!(info->flags & STUN_F_MS_TURN) || (!sends && !brings))
		return;
	info->cls = STUN_INDICATION;
	info->method = sends ? STUN_SEND : STUN_DATA;
}

/* Reads the header at `at`: method, class, transaction id. */
static __always_inline void stun_header(const struct bytes *in, u32 at, struct stun_info *info)
{
	u16 type = bytes_be16(in, at);

	info->method = stun_method_of(type);
	info->cls = stun_class_of(type);
	if (bytes_be32(in, at + 4) != STUN_COOKIE)
		info->flags = STUN_F_CLASSIC;
	for (u32 i = 0; i < 12; i++)
		info->id[i] = bytes_u8(in, at + 8 + i);
}

/*
 * Returns the last 64 bits of a transaction id, which identify it among pending requests; never 0.
 */
static __always_inline u64 stun_name(const u8 *id)
{
	u64 name = (u64)load_be32(id + 4) << 32 | load_be32(id + 8);

	return name ? name : 1;
}

/* Returns the stun_name() of a message's own transaction. */
static __always_inline u64 stun_id(const struct stun_info *info)
{
	return stun_name(info->id);
}

/*
 * Returns the stun_name() of the transaction that a message shows to have arrived, 0 when there is
 * none: a response its own; a check may name the last one received, whose answer may be lost.
 */
static __always_inline u64 stun_answers(const struct bytes *in, const struct stun_info *info,
					const struct stun_parts *parts)
{
	const struct stun_part *last = &parts->last_check;

	if (info->cls >= STUN_SUCCESS)
		return stun_id(info);
	return last->len == 12 && last->at + 12 <= parts->have ? stun_name(bytes_at(in, last->at))
							       : 0;
}

/*
 * Reads a STUN message of `len` bytes, of which the first `have` are in `in` from offset `at` on.
 * The caller has seen that it is one (stun_plausible() or classic_plausible()). Fills `info` and
 * `parts`, both zeroed first; offsets in `parts` count from the beginning of `in`. Returns
 * REASON_PASS; REASON_CUT: cut within the header; REASON_BAD_STUN: an attribute reaches beyond the
 * message, and what came before it is in `info`.
 */
static __always_inline enum reason stun_parse(const struct bytes *in, u32 at, u32 have, u32 len,
					      struct stun_info *info, struct stun_parts *parts)
{
	struct stun_walk walk = {.in = in, .info = info, .parts = parts};

	__builtin_memset(info, 0, sizeof(*info));
	__builtin_memset(parts, 0, sizeof(*parts));
	if (have < STUN_HEADER)
		return REASON_CUT;
	stun_header(in, at, info);
	parts->start = at;
	parts->at = at + STUN_HEADER;
	parts->end = parts->at + bytes_be16(in, at + 2);
	if (parts->end > at + len)
		parts->end = at + len;
	parts->have = at + have;
	loop_times(STUN_ATTRIBUTES, stun_attribute, &walk);
	stun_modernise(info);
	stun_addresses(in, info, parts);
	stun_copy_texts(in, info, parts);
	parts->answers = stun_answers(in, info, parts);
	return parts->lies ? REASON_BAD_STUN : REASON_PASS;
}

#endif
