/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "util/log.h"
#include "util/options.h"
#include "util/privileges.h"

bool privileges_suffice(void)
{
	if (capng_get_caps_process())
		return false;
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_BPF) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_PERFMON);
}

int privileges_account(const char *user, struct account *account)
{
	const struct passwd *found = getpwnam(user ? user : DEFAULT_USER);

	if (!found && user) {
		log_error("user '%s' does not exist: choose another with --user NAME", user);
		return -ENOENT;
	}
	if (!found) {
		found = getpwnam("nobody");
		if (!found) {
			log_error("neither user '" DEFAULT_USER "' nor 'nobody' exists: choose "
				  "another with --user NAME");
			return -ENOENT;
		}
		log_info("user '" DEFAULT_USER "' does not exist: running as nobody");
	}
	account->uid = found->pw_uid;
	account->gid = found->pw_gid;
	return 0;
}

int privileges_drop(const struct account *account)
{
	capng_clear(CAPNG_SELECT_ALL);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_BPF, CAP_NET_ADMIN, -1);
	if (geteuid() == 0) {
		int err = capng_change_id((int)account->uid, (int)account->gid,
					  CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING |
						  CAPNG_CLEAR_AMBIENT);

		if (err)
			return -EPERM;
	} else if (capng_apply(CAPNG_SELECT_CAPS)) {
		return -EPERM;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}
