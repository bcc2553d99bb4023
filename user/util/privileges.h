/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Dropping the privileges that the daemon no longer needs after attaching. */
#ifndef P2PSCOPE_UTIL_PRIVILEGES_H
#define P2PSCOPE_UTIL_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

struct account {
	uid_t uid;
	gid_t gid;
};

/*
 * Returns whether this process has the capabilities that `run` needs: CAP_BPF, CAP_NET_ADMIN and
 * CAP_PERFMON.
 */
bool privileges_suffice(void);

/*
 * Looks up the account to switch to. NULL stands for DEFAULT_USER, or for "nobody" when that does
 * not exist, which is logged. Returns 0, or -ENOENT after having logged who does not exist.
 */
int privileges_account(const char *user, struct account *account);

/*
 * Switches to that user, if this is root, and keeps only the capabilities that attaching to a new
 * interface needs: CAP_BPF and CAP_NET_ADMIN. Must be called before other threads are started.
 * Returns 0 or -errno.
 */
int privileges_drop(const struct account *account);

#endif
