/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The HTTP server: the same answers on TCP and on the Unix socket, in threads of its own. It only
 * reads.
 */
#ifndef P2PSCOPE_HTTP_H
#define P2PSCOPE_HTTP_H

#include <stddef.h>

#include "snapshot/broker.h"

struct http;

/*
 * Serves on sockets that listen already and takes them over, also on error. The broker stays the
 * caller's. -errno.
 */
int http_start(struct http **out, struct broker *broker, const int *sockets, size_t count);

/* Ends the threads; call broker_close() before, so that none of them waits. Takes NULL too. */
void http_stop(struct http *http);

#endif
