/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writing STUN messages (RFC 8489 sections 5 and 14): the message begins at the beginning of
 * `out`.
 */
#ifndef P2PSCOPE_AUDIT_PAYLOAD_STUN_H
#define P2PSCOPE_AUDIT_PAYLOAD_STUN_H
#include "audit/packet_builder.h"

/*
 * Begins a message of that type, class and method as on the out. A response has the transaction id
 * of its request.
 */
void stun_begin(struct packet_builder *out, u16 type);

/* Adds an attribute: bytes, a number, or an address XORed with cookie and transaction id. */
void stun_attr(struct packet_builder *out, u16 type, const void *value, u32 length);
void stun_attr32(struct packet_builder *out, u16 type, u32 value);
void stun_attr_address(struct packet_builder *out, u16 type, const struct endpoint *endpoint);

/* Adds MESSAGE-INTEGRITY, with a digest that is made up, and FINGERPRINT, which is right. */
void stun_integrity(struct packet_builder *out);
void stun_fingerprint(struct packet_builder *out);

#endif
