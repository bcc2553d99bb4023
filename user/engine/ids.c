/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Alerts of an intrusion detection system: each is tied to the session whose packet it names, by
 * its 5-tuple before or behind NAT.
 */
#include "engine/engine.h"
#include "engine/flows.h"
#include "engine/point_sides.h"
#include "engine/session_evidence.h"
#include "util/address.h"
#include "util/time.h"

/* A signature that matches every packet says nothing new after a few times. */
#define ALERT_EVIDENCE 8
/* The log may be read late, but a flow of the same ports long after is another one. */
#define ALERT_NS (60 * NS_PER_S)

static struct flow *flow_between(const struct engine *e, u8 proto, u32 ifindex,
				 const struct endpoint *far, const struct endpoint *near)
{
	struct flow_key key = {.far = *far, .near = *near, .tag = ifindex, .proto = proto};

	return flow_find(e, &key);
}

/* Finds the flow at any interface, in either direction. */
static struct flow *flow_of_alert(const struct engine *e, const struct ids_alert *alert)
{
	struct flow *f = NULL;
	u32 count;
	const u32 *ifindex = point_sides_known(e, &count);

	for (u32 i = 0; !f && i < count; i++) {
		f = flow_between(e, alert->proto, ifindex[i], &alert->src, &alert->dst);
		if (!f)
			f = flow_between(e, alert->proto, ifindex[i], &alert->dst, &alert->src);
	}
	return f;
}

bool engine_ids(struct engine *e, const struct ids_alert *alert)
{
	struct flow *f = flow_of_alert(e, alert);
	char to[ENDPOINT_TEXT];

	if (!f || !f->session || alert->time_ns > f->last_ns + ALERT_NS ||
	    alert->time_ns + ALERT_NS < f->first_ns)
		return false;
	if (one_of_first(f->session->alert_evidence, ALERT_EVIDENCE))
		session_say(f->session, alert->time_ns, AT_GATEWAY, EVIDENCE_IDS_ALERT,
			    alert->dropped ? "blocked" : "noticed", alert->signature,
			    endpoint_text(flow_remote(f), to), alert->text);
	return true;
}
