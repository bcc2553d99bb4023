/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <cap-ng.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "attribution/helper_caps.h"
#include "shadow/subprocess.h"

#define NOBODY 65534 /* the kernel's overflow user and group, which own nothing */

/*
 * CAP_SYS_ADMIN for network namespaces, CAP_NET_RAW for sending into them, CAP_NET_ADMIN for all
 * else.
 */
static const unsigned int needed[] = {CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN};

#define NEEDED (sizeof(needed) / sizeof(needed[0]))

/* Without a bounding set nothing can be made inheritable later, so it is done here. */
static void select_needed(void)
{
	bool have[NEEDED];

	for (size_t i = 0; i < NEEDED; i++)
		have[i] = capng_have_capability(CAPNG_PERMITTED, needed[i]);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < NEEDED; i++)
		if (have[i])
			capng_update(CAPNG_ADD,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED |
					     (subprocess_keeps(needed[i]) ? CAPNG_INHERITABLE : 0),
				     needed[i]);
}

int helper_drop_capabilities(void)
{
	if (capng_get_caps_process())
		return -EPERM;
	select_needed();
	if (geteuid() == 0) {
		if (capng_change_id(NOBODY, NOBODY,
				    CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING |
					    CAPNG_CLEAR_AMBIENT))
			return -EPERM;
	} else if (capng_apply(CAPNG_SELECT_CAPS)) {
		return -EPERM;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	/* last: a change of credentials clears it */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

int worker_drop_capabilities(void)
{
	capng_clear(CAPNG_SELECT_CAPS);
	capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN);
	if (capng_apply(CAPNG_SELECT_CAPS))
		return -EPERM;
	/* again: entering a user namespace was such a change */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}
