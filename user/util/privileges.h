/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Giving up what the daemon does not need once it is attached. */
#ifndef P2PSCOPE_UTIL_PRIVILEGES_H
#define P2PSCOPE_UTIL_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

struct account {
	uid_t uid;
	gid_t gid;
};

/* Gives whether this process has all that `run` needs: CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON. */
bool privileges_suffice(void);

/*
 * Looks up the user to become; "nobody" instead when there is no such account, which the log then
 * says. Gives 0, or -errno after having said what is wrong.
 */
int privileges_account(const char *user, struct account *account);

/*
 * Becomes that user (if this is root) and keeps only what attaching to an interface that comes back
 * needs: CAP_BPF and CAP_NET_ADMIN. Must be called before other threads are started. -errno.
 */
int privileges_drop(const struct account *account);

#endif
