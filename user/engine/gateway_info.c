/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/engine.h"
#include "engine/gateway_info.h"
#include "engine/state.h"

struct outside_addr {
	struct addr ip;
	UT_hash_handle hh;
};

#define INTERFACE_NAME 16

/* Somebody else's XDP program on an interface. */
struct foreign_xdp {
	u32 ifindex;
	char name[INTERFACE_NAME];
	u64 gone_ns; /* 0: it is there */
	UT_hash_handle hh;
};

#define REASON_NAME 40

struct drop_reason {
	u32 reason;
	u8 cause;
	char name[REASON_NAME];
	UT_hash_handle hh;
};

struct gateway_info {
	struct outside_addr *outsides;
	struct foreign_xdp *foreign;
	struct drop_reason *reasons;
};

int gateway_info_begin(struct engine *e)
{
	e->gateway = calloc(1, sizeof(*e->gateway));
	return e->gateway ? 0 : -ENOMEM;
}

void engine_outside(struct engine *e, const struct addr *ip)
{
	struct outside_addr *o;

	HASH_FIND(hh, e->gateway->outsides, ip, sizeof(*ip), o);
	if (o)
		return;
	o = calloc(1, sizeof(*o));
	if (!o)
		return;
	o->ip = *ip;
	HASH_ADD(hh, e->gateway->outsides, ip, sizeof(o->ip), o);
}

bool addr_is_outside(const struct engine *e, const struct addr *ip)
{
	struct outside_addr *o;

	HASH_FIND(hh, e->gateway->outsides, ip, sizeof(*ip), o);
	return o;
}

void engine_foreign_xdp(struct engine *e, u32 ifindex, const char *name)
{
	struct foreign_xdp *x;

	HASH_FIND(hh, e->gateway->foreign, &ifindex, sizeof(ifindex), x);
	if (!name) {
		if (x && !x->gone_ns)
			x->gone_ns = e->now;
		return;
	}
	if (!x) {
		x = calloc(1, sizeof(*x));
		if (!x)
			return;
		x->ifindex = ifindex;
		HASH_ADD(hh, e->gateway->foreign, ifindex, sizeof(x->ifindex), x);
	}
	x->gone_ns = 0;
	memccpy(x->name, name, 0, sizeof(x->name) - 1);
}

const char *foreign_xdp_since(const struct engine *e, u32 ifindex, u64 since_ns)
{
	struct foreign_xdp *x;

	HASH_FIND(hh, e->gateway->foreign, &ifindex, sizeof(ifindex), x);
	return x && (!x->gone_ns || x->gone_ns > since_ns) ? x->name : NULL;
}

void engine_drop_reason(struct engine *e, u32 reason, enum cause cause, const char *name)
{
	struct drop_reason *r;

	e->sees_drops = 1;
	HASH_FIND(hh, e->gateway->reasons, &reason, sizeof(reason), r);
	if (!r) {
		r = calloc(1, sizeof(*r));
		if (!r)
			return;
		r->reason = reason;
		HASH_ADD(hh, e->gateway->reasons, reason, sizeof(r->reason), r);
	}
	r->cause = cause;
	memccpy(r->name, name, 0, sizeof(r->name) - 1);
}

enum cause drop_cause(const struct engine *e, u32 reason, const char **name)
{
	struct drop_reason *r;

	HASH_FIND(hh, e->gateway->reasons, &reason, sizeof(reason), r);
	if (name)
		*name = r ? r->name : "";
	return r ? r->cause : CAUSE_DROP;
}

void gateway_info_free(struct engine *e)
{
	struct outside_addr *o, *otmp;
	struct foreign_xdp *x, *xtmp;
	struct drop_reason *r, *rtmp;

	if (!e->gateway)
		return;
	HASH_ITER(hh, e->gateway->foreign, x, xtmp) {
		HASH_DEL(e->gateway->foreign, x);
		free(x);
	}
	HASH_ITER(hh, e->gateway->outsides, o, otmp) {
		HASH_DEL(e->gateway->outsides, o);
		free(o);
	}
	HASH_ITER(hh, e->gateway->reasons, r, rtmp) {
		HASH_DEL(e->gateway->reasons, r);
		free(r);
	}
	free(e->gateway);
}
