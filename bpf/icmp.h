/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors that name a flow of ours in the header they quote (RFC 792, RFC 1191 section 4, RFC
 * 4443 section 3).
 *
 *   | type 1 | code 1 | checksum 2 | unused 4 | the packet's beginning |
 *   IPv4, type 3 code 4 (too big): unused is | unused 2 | MTU 2 |; IPv6, type 2: it is the MTU
 */
#ifndef P2PSCOPE_BPF_ICMP_H
#define P2PSCOPE_BPF_ICMP_H

#include "counters.h"
#include "emit.h"
#include "headers.h"

#define ICMP_QUOTE 256 /* bytes of an error message that are looked at */

enum { ICMP4_UNREACHABLE = 3, ICMP4_TOO_BIG_CODE = 4, ICMP6_UNREACHABLE = 1, ICMP6_TOO_BIG = 2 };

/* Returns whether an ICMP type is an error that can end a flow: unreachable or too big. */
static __always_inline bool icmp_is_error(u8 v6, u8 type)
{
	return v6 ? type == ICMP6_UNREACHABLE || type == ICMP6_TOO_BIG : type == ICMP4_UNREACHABLE;
}

/* Returns the MTU that "too big" reports (RFC 1191 section 4, RFC 4443 section 3.2), else 0. */
static __always_inline u32 icmp_mtu(const struct bytes *in, u8 v6)
{
	u8 type = bytes_u8(in, 0), code = bytes_u8(in, 1);

	if (v6)
		return type == ICMP6_TOO_BIG ? bytes_be32(in, 4) : 0;
	return code == ICMP4_TOO_BIG_CODE ? bytes_be16(in, 6) : 0;
}

/*
 * Counts the error for the flow that it names. Returns its number there, 0 when the flow is neither
 * known nor on probation.
 */
static __always_inline u32 icmp_count(struct msg_context *m)
{
	struct flow_record *flow = flow_lookup(&m->key);
	struct probe_record *probe;

	m->known = flow != NULL;
	if (flow)
		return shared_next(&flow_dir_of(flow, m->dir)->icmp);
	probe = probe_lookup(&m->key);
	return probe ? shared_next(&probe->dir[m->dir == DIR_OUT].icmp) : 0;
}

/*
 * Handles an ICMP error whose bytes, from the ICMP header on, are in `data`. m->dir is the error's
 * own direction, m->event.icmp.sender who sent it. The packet it quotes went the other way.
 */
static __always_inline void icmp_quote(struct msg_context *m)
{
	struct icmp_info *info = &m->event.icmp;
	struct cursor c = cursor_on_copy(&m->data, 8, m->have);
	struct ip ip;
	u32 count;

	if (m->have < 8 ||
	    headers_parse_copy(&c, m->dir == DIR_IN ? DIR_OUT : DIR_IN, &m->key, &ip))
		return;
	m->key.tag = m->ifindex;
	count = icmp_count(m);
	if (!count || !worth_reporting(count))
		return;
	info->type = bytes_u8(&m->data, 0);
	info->code = bytes_u8(&m->data, 1);
	info->zero = 0;
	info->mtu = icmp_mtu(&m->data, info->v6);
	m->cls = CLASS_OTHER;
	emit_event(m, EVENT_ICMP, count, EVENT_SIZE(icmp));
}

#endif
