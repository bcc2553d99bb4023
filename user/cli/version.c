/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `p2pscope version` */
#include <stdio.h>

#include "cli/command.h"
#include "version.h"

int command_version(const struct options *options)
{
	printf(options->json ? "{\"version\": \"%s\"}\n" : "p2pscope %s\n", P2PSCOPE_VERSION);
	return EXIT_DONE;
}
