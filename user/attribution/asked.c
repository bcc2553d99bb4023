/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "attribution/asked.h"
#include "util/time.h"

#define FORGET_NS (60 * NS_PER_S)

static u32 slot_of(const struct event *drop)
{
	return (flow_tag(&drop->key) + drop->cls) % ASKED_SLOTS;
}

bool asked_lately(const struct asked *asked, const struct event *drop)
{
	const struct asked_slot *slot = &asked->slots[slot_of(drop)];

	return slot->time_ns && drop->time_ns - slot->time_ns < FORGET_NS &&
	       slot->cls == drop->cls && !memcmp(&slot->key, &drop->key, sizeof(slot->key));
}

void asked_now(struct asked *asked, const struct event *drop)
{
	asked->slots[slot_of(drop)] =
		(struct asked_slot){.key = drop->key, .cls = drop->cls, .time_ns = drop->time_ns};
}
