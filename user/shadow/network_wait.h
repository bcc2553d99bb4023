/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waiting for what the kernel does to a network that was made behind the back of who made it; a
 * while at most.
 */
#ifndef P2PSCOPE_SHADOW_NETWORK_WAIT_H
#define P2PSCOPE_SHADOW_NETWORK_WAIT_H

#include "shadow/network.h"

/*
 * Until all interfaces of the namespace where `socket` lies, one to rtnetlink, send what they are
 * given. -errno.
 */
int network_wait_links(struct mnl_socket *socket);

/* Until packets to the addresses of the network, made where `socket` lies, are taken in. -errno. */
int network_wait_addresses(const struct network *network, struct mnl_socket *socket);

#endif
