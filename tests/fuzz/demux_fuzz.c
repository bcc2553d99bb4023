/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fuzz.h"
#include "p2pscope/demux.h"

/* An untracked flow is never believed more than a known one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum msg_class known, stranger;

	if (size < HEAD_BYTES)
		return 0;
	known = demux_known(data, (u32)size);
	stranger = demux_untracked(data, (u32)size);
	hold(known < CLASS_MAX && stranger < CLASS_MAX);
	hold(stranger == known || stranger == CLASS_OTHER);
	hold(stranger != CLASS_RTP && stranger != CLASS_RTCP);
	hold((known == CLASS_RTP || known == CLASS_RTCP) == (data[0] >> 6 == 2));
	return 0;
}
