/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TURN over TLS. Nothing of it can be read. That a session goes through it follows from the name or
 * port of its server, and from packets that go both ways as only media does.
 */
#include <ctype.h>

#include "engine/flow.h"
#include "engine/hosts.h"
#include "engine/state.h"
#include "engine/tls.h"
#include "p2pscope/stream.h"
#include "util/time.h"

/* segments with payload per second, both ways together: audio alone has 50 each way */
#define RHYTHM 20
#define RHYTHM_SAMPLES 5 /* so many in a row, as web pages come in bursts */

/* Copies a DNS name; bytes that cannot be part of one become '?'. */
static void name_copy(char *to, const u8 *from, u32 len)
{
	u32 i;

	for (i = 0; i < len && i < TLS_NAME_KEPT; i++)
		to[i] = isalnum(from[i]) || from[i] == '.' || from[i] == '-' ? (char)from[i] : '?';
	to[i] = '\0';
}

void tls_event(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	f->tls = 1;
	if (!h)
		return;
	h->tls_server = *flow_remote(f);
	server_asked(&h->tries, flow_remote(f), f->key.proto, TRY_TLS, false, event->time_ns);
	name_copy(h->tls_name, event->tls.name, event->tls.name_len);
}

/* Returns the seconds between two samples, at least one; more where a sweep takes longer. */
static u64 seconds_since(const struct engine *e, u64 before_ns)
{
	u64 seconds = before_ns ? (e->now - before_ns + NS_PER_S / 2) / NS_PER_S : 1;

	return seconds ? seconds : 1;
}

/* Returns the packets of one heading since the last sample. */
static u64 packets_since(u64 *before, const struct flow_dir *d)
{
	u64 packets = flow_packets(d) - *before;

	*before += packets;
	return packets;
}

static void rhythm_sample(struct engine *e, struct flow *f, struct host *h,
			  const struct flow_record *record)
{
	u8 outbound = f->side == SIDE_LAN ? DIR_IN : DIR_OUT;
	u64 out = packets_since(&f->more->tls_packets[OUTBOUND], &record->dir[outbound]);
	u64 in = packets_since(&f->more->tls_packets[INBOUND], &record->dir[!outbound]);

	f->tls_rhythm = out && in && out + in >= RHYTHM * seconds_since(e, f->more->tls_sampled_ns)
				? f->tls_rhythm + (f->tls_rhythm < RHYTHM_SAMPLES)
				: 0;
	f->more->tls_sampled_ns = e->now;
	if (f->tls_rhythm < RHYTHM_SAMPLES)
		return;
	h->tls_server = *flow_remote(f);
	h->tls_media_ns = e->now;
}

void tls_sample(struct engine *e, struct flow *f, const struct flow_record *record)
{
	struct host *h = f->tls ? flow_host(e, f) : NULL;

	if (h && flow_more_get(f))
		rhythm_sample(e, f, h, record);
}
