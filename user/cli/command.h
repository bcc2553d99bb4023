/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The commands. Each takes its options and returns the exit status of the program. */
#ifndef P2PSCOPE_CLI_COMMAND_H
#define P2PSCOPE_CLI_COMMAND_H

#include "util/options.h"

int command_sessions(const struct options *options);
int command_explain(const struct options *options);
int command_mappings(const struct options *options);
int command_nat(const struct options *options);
int command_rules(const struct options *options);
int command_audit(const struct options *options);
int command_check(const struct options *options);
int command_replay(const struct options *options);
int command_version(const struct options *options);

#endif
