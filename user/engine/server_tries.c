/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/server_tries.h"
#include "util/time.h"

static bool is_server(const struct server_try *t, const struct endpoint *server, u8 proto)
{
	return t->proto == proto && endpoint_equal(&t->server, server);
}

/* Returns room for a new one; NULL when memory is out. */
static struct server_try *try_room(struct server_tries *tries)
{
	struct server_try *oldest = tries->list, *grown;

	if (tries->count < SERVER_TRIES) {
		grown = realloc(tries->list, (tries->count + 1) * sizeof(*grown));
		if (!grown)
			return NULL;
		tries->list = grown;
		return &grown[tries->count++];
	}
	for (u32 i = 1; i < tries->count; i++)
		if (tries->list[i].at_ns < oldest->at_ns)
			oldest = &tries->list[i];
	return oldest;
}

static struct server_try *try_get(struct server_tries *tries, const struct endpoint *server,
				  u8 proto, enum try_kind kind)
{
	struct server_try *t;

	for (u32 i = 0; i < tries->count; i++)
		if (is_server(&tries->list[i], server, proto) &&
		    (tries->list[i].kind == TRY_BINDING) == (kind == TRY_BINDING))
			return &tries->list[i];
	t = try_room(tries);
	if (t)
		*t = (struct server_try){.server = *server, .proto = proto, .kind = (u8)kind};
	return t;
}

void server_asked(struct server_tries *tries, const struct endpoint *server, u8 proto,
		  enum try_kind kind, bool again, u64 now_ns)
{
	struct server_try *t = try_get(tries, server, proto, kind);

	if (!t)
		return;
	t->kind = (u8)kind;
	if (again && t->vain < 255)
		t->vain++;
	/* a reflexive address that is known is asked for again to keep its binding */
	if (t->outcome != TRY_ANSWERED || kind != TRY_BINDING)
		t->outcome = TRY_WAITS;
	t->at_ns = now_ns;
}

void server_replied(struct server_tries *tries, const struct endpoint *server, u8 proto,
		    enum try_kind kind, enum try_outcome outcome, u64 now_ns)
{
	struct server_try *t = try_get(tries, server, proto, kind);

	if (!t)
		return;
	t->outcome = (u8)outcome;
	t->vain = 0;
	t->at_ns = now_ns;
}

void server_heard(struct server_tries *tries, const struct endpoint *server, u8 proto)
{
	for (u32 i = 0; i < tries->count; i++)
		if (is_server(&tries->list[i], server, proto))
			tries->list[i].vain = 0;
}

void server_lost(struct server_tries *tries, const struct endpoint *server, u8 proto, u64 now_ns)
{
	bool known = false;

	for (u32 i = 0; i < tries->count; i++) {
		struct server_try *t = &tries->list[i];

		if (!is_server(t, server, proto))
			continue;
		t->outcome = TRY_LOST;
		t->at_ns = now_ns;
		known = true;
	}
	if (!known)
		server_replied(tries, server, proto, proto == PROTO_TCP ? TRY_RELAY : TRY_BINDING,
			       TRY_LOST, now_ns);
}

bool relay_is_awaited(const struct server_tries *tries, u64 now_ns)
{
	for (u32 i = 0; i < tries->count; i++) {
		const struct server_try *t = &tries->list[i];
		u64 waits = t->kind == TRY_TLS ? TRIES_WINDOW_NS : RELAY_WAITS_NS;

		if (t->kind >= TRY_RELAY && t->outcome == TRY_WAITS && now_ns < t->at_ns + waits)
			return true;
	}
	return false;
}

bool servers_are_lost(const struct server_tries *tries, u64 now_ns)
{
	u32 lost = 0;

	for (u32 i = 0; i < tries->count; i++) {
		const struct server_try *t = &tries->list[i];

		if (now_ns >= t->at_ns + TRIES_WINDOW_NS)
			continue;
		if (t->outcome != TRY_LOST)
			return false;
		lost++;
	}
	return lost > 0;
}

bool servers_have_answered(const struct server_tries *tries, u64 now_ns)
{
	for (u32 i = 0; i < tries->count; i++)
		if (tries->list[i].outcome == TRY_ANSWERED &&
		    now_ns < tries->list[i].at_ns + TRIES_WINDOW_NS)
			return true;
	return false;
}

/* RFC 8489 section 6.2.1: Rc transmissions, and Rm times the RTO of 500 ms after the last. */
#define TRANSMISSIONS 7
#define LAST_WAITS_NS (8 * NS_PER_S)
/* All of it; over TCP, where nothing is transmitted again, Ti of section 6.2.2. */
#define TRANSACTION_NS (39500 * NS_PER_MS)
#define VAIN_LEAST 4 /* an ordinary client is not done with fewer */

static bool was_in_vain(const struct server_try *t, u64 now_ns)
{
	if (t->outcome != TRY_WAITS || t->kind == TRY_TLS)
		return false;
	if (t->vain >= TRANSMISSIONS && now_ns >= t->at_ns + LAST_WAITS_NS)
		return true;
	return t->vain >= (t->proto == PROTO_TCP ? 1 : VAIN_LEAST) &&
	       now_ns >= t->at_ns + TRANSACTION_NS;
}

static const struct server_try *last_try(const struct server_tries *tries)
{
	const struct server_try *last = NULL;

	for (u32 i = 0; i < tries->count; i++)
		if (!last || tries->list[i].at_ns > last->at_ns)
			last = &tries->list[i];
	return last;
}

const struct server_try *servers_are_silent(const struct server_tries *tries, u64 now_ns)
{
	const struct server_try *last = last_try(tries);

	for (u32 i = 0; i < tries->count; i++)
		if (tries->list[i].at_ns + TRIES_WINDOW_NS > last->at_ns &&
		    !was_in_vain(&tries->list[i], now_ns))
			return NULL;
	return last;
}

u32 servers_vain_udp(const struct server_tries *tries)
{
	u32 vain = 0;

	for (u32 i = 0; i < tries->count; i++) {
		const struct server_try *t = &tries->list[i];

		if (t->proto == PROTO_UDP && t->outcome == TRY_ANSWERED)
			return 0;
		vain += t->proto == PROTO_UDP ? t->vain : 0;
	}
	return vain;
}
