/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The HTTP server: the same answers on TCP and on the Unix socket, in threads of its own. It only
 * reads.
 */
#ifndef P2PSCOPE_HTTP_H
#define P2PSCOPE_HTTP_H

#include "output/output.h"

extern const struct output http_output;

#endif
