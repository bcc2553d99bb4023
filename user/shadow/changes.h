/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether the network of a gateway has changed. */
#ifndef P2PSCOPE_SHADOW_CHANGES_H
#define P2PSCOPE_SHADOW_CHANGES_H

#include <libmnl/libmnl.h>

/*
 * Watches interfaces, addresses, routes and policy rules of the namespace that the caller is in.
 * -errno.
 */
int changes_watch(struct mnl_socket **out);

/* Gives whether one of them has changed since the last call. */
bool changes_seen(struct mnl_socket *socket);

#endif
