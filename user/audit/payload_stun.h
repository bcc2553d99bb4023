/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writing STUN messages (RFC 8489 sections 5 and 14). The message must begin at the start of the
 * builder, where its header is kept up to date.
 */
#ifndef P2PSCOPE_AUDIT_PAYLOAD_STUN_H
#define P2PSCOPE_AUDIT_PAYLOAD_STUN_H

#include "audit/packet_builder.h"

/*
 * Begins a message of that type, class and method as on the wire. All messages have the same
 * transaction id, so that a response matches its request.
 */
void stun_begin(struct packet_builder *out, u16 type);

/* Appends an attribute: bytes, a number, or an address XORed with cookie and transaction id. */
void stun_attr(struct packet_builder *out, u16 type, const void *value, u32 length);
void stun_attr32(struct packet_builder *out, u16 type, u32 value);
void stun_attr_address(struct packet_builder *out, u16 type, const struct endpoint *endpoint);

/* Appends MESSAGE-INTEGRITY with a made-up digest: no gateway has the key. */
void stun_integrity(struct packet_builder *out);

/* Appends a correct FINGERPRINT; it must be the last attribute. */
void stun_fingerprint(struct packet_builder *out);

#endif
