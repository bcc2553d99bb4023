/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/ip.h"
#include "p2pscope/turn.h"

static void hold_part(const struct stun_part *part, u32 at, u32 len)
{
	hold(!part->len || (part->at >= at + STUN_HEADER && part->at + part->len <= at + len));
}

/* The first byte says how much of the message is missing at its end, as in a cut capture. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bytes in;
	struct stun_parts parts;
	struct stun_info info;
	u32 at = 4, have, len;

	if (size < 2)
		return 0;
	have = fuzz_copy(&in, at, data + 1, size - 1);
	len = (u32)size - 1 + data[0];
	if (len < STUN_HEADER ||
	    (!stun_plausible(in.b + at, len) && !classic_plausible(in.b + at, len) &&
	     !ms_turn_plausible(in.b + at, len)))
		return 0;
	stun_parse(&in, at, have, len, &info, &parts);
	hold(info.cls <= STUN_ERROR && info.method <= 0xfff);
	hold(info.username_len <= STUN_USERNAME_KEPT && info.software_len <= STUN_SOFTWARE_KEPT);
	hold(info.username_len <= parts.user.len);
	hold(info.error <= 955);
	hold(!parts.user.len || parts.user_hash);
	hold_part(&parts.data, at, len);
	hold_part(&parts.dtls, at, len);
	hold_part(&parts.dtls_ack, at, len);
	hold_part(&parts.last_check, at, len);
	hold_part(&parts.user, at, len);
	hold_part(&parts.software, at, len);
	hold(stun_id(&info));
	hold(info.cls < STUN_SUCCESS || parts.answers == stun_id(&info));
	if (turn_carries(&info, &parts))
		hold(info.cls == STUN_INDICATION && parts.data.len);
	return 0;
}
