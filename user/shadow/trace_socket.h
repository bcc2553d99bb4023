/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's trace messages of nftables, about packets with `meta nftrace` set. */
#ifndef P2PSCOPE_SHADOW_TRACE_SOCKET_H
#define P2PSCOPE_SHADOW_TRACE_SOCKET_H

#include <libmnl/libmnl.h>
#include <libnftnl/trace.h>

/* Opens a socket for the messages of the caller's network namespace. Returns 0 or -errno. */
int trace_open(struct mnl_socket **out);

/*
 * Hands the messages received by now to `fn`. Returns 0, -ENOBUFS when some were lost at that point
 * (more may follow), or another -errno.
 */
int trace_receive(struct mnl_socket *socket,
		  void (*fn)(void *arg, const struct nftnl_trace *message), void *arg);

#endif
