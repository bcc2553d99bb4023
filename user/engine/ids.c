/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an intrusion detection system says, tied to the session whose packet it was: by 5-tuple,
 * before and behind NAT.
 */
#include "engine/state.h"

/* A signature that matches each packet says nothing new the third time. */
#define ALERTS_TOLD 8
/* The log may be read late; a flow of the same ports long after is another one. */
#define ALERT_NS (60 * NS_PER_S)

static struct flow *flow_between(const struct engine *e, u8 proto, u32 ifindex,
				 const struct endpoint *far, const struct endpoint *near)
{
	struct flow_key key = {.far = *far, .near = *near, .tag = ifindex, .proto = proto};

	return flow_find(e, &key);
}

/* At whichever interface, in whichever direction. */
static struct flow *flow_of_alert(const struct engine *e, const struct ids_alert *alert)
{
	struct flow *f = NULL;

	for (u32 i = 0; !f && i < e->npoints && i < POINTS_MAX; i++) {
		f = flow_between(e, alert->proto, e->points[i], &alert->src, &alert->dst);
		if (!f)
			f = flow_between(e, alert->proto, e->points[i], &alert->dst, &alert->src);
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
	if (one_of_first(&f->session->alerts_told, ALERTS_TOLD))
		session_say(f->session, alert->time_ns, AT_GATEWAY, EVIDENCE_IDS_ALERT,
			    alert->dropped ? "blocked" : "noticed", alert->signature,
			    endpoint_text(flow_remote(f), to), alert->text);
	return true;
}
