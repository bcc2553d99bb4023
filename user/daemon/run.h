/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The daemon, as the command line starts it. */
#ifndef P2PSCOPE_DAEMON_RUN_H
#define P2PSCOPE_DAEMON_RUN_H

#include "util/options.h"

/* Runs until SIGTERM or SIGINT. Returns the exit status, after having logged what is wrong. */
int daemon_run(const struct options *options);

#endif
