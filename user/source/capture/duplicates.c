/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/duplicates.h"

#include <string.h>

#include "p2pscope/demux.h"
#include "util/time.h"

#define HASHED \
	96 /* bytes of a packet that are compared: its headers, and what proves its content */
#define TWICE_NS NS_PER_MS

static u64 hash_word(u64 hash, u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

static u64 packet_hash(const u8 *ip, u32 len)
{
	u64 hash = len, word;
	u32 at = 0, most = len < HASHED ? len : HASHED;

	for (; at + sizeof(word) <= most; at += sizeof(word)) {
		memcpy(&word, ip + at, sizeof(word));
		hash = hash_word(hash, word);
	}
	word = 0;
	memcpy(&word, ip + at, most - at);
	return hash_word(hash, word);
}

static bool is_clear(enum msg_class cls)
{
	return cls == CLASS_STUN || cls == CLASS_DTLS;
}

/*
 * Returns the class of a UDP packet that is STUN or DTLS, or channel data with such in it;
 * CLASS_MAX for all others, most of which their first byte tells.
 */
static enum msg_class clear_class(const u8 *ip, u32 len)
{
	bool v4 = len && ip[0] >> 4 == 4;
	u32 at = v4 ? (ip[0] & 15) * 4u + 8 : 48;
	enum msg_class cls;

	if (at + HEAD_BYTES + 4 > len || ip[at] >= 80 || ip[v4 ? 9 : 6] != PROTO_UDP)
		return CLASS_MAX;
	cls = demux_untracked(ip + at, len - at);
	if (cls == CLASS_CHANNEL_DATA)
		return is_clear(demux_untracked(ip + at + 4, len - at - 4)) ? cls : CLASS_MAX;
	return is_clear(cls) ? cls : CLASS_MAX;
}

enum msg_class duplicates_take(struct duplicates *d, const u8 *ip, u32 len, u64 time_ns)
{
	enum msg_class cls = clear_class(ip, len);
	struct captured_packet *seen;
	u64 hash;

	if (cls == CLASS_MAX)
		return cls;
	hash = packet_hash(ip, len);
	seen = &d->seen[hash % DUPLICATES_REMEMBERED];
	if (seen->hash == hash && time_ns - seen->time_ns <= TWICE_NS)
		return cls;
	seen->hash = hash;
	seen->time_ns = time_ns;
	return CLASS_MAX;
}
