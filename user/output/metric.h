/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pieces of Prometheus' text format that all metrics are made of. */
#ifndef P2PSCOPE_METRIC_H
#define P2PSCOPE_METRIC_H

#include <stdio.h>

#include "p2pscope/types.h"
#include "util/names.h"

static inline void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP p2pscope_%s %s\n# TYPE p2pscope_%s %s\n", name, help, name, type);
}

static inline void one(FILE *out, const char *name, const char *type, const char *help, u64 value)
{
	head(out, name, type, help);
	fprintf(out, "p2pscope_%s %llu\n", name, value);
}

/* A label whose value may hold anything: interfaces and an administrator's tables have names. */
static inline void quoted(FILE *out, const char *label, const char *value)
{
	fprintf(out, "%s=\"", label);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputs(*value == '\n' ? "\\n" : (char[]){*value, 0}, out);
	}
	fputc('"', out);
}

static inline const char *word(enum words_list list, unsigned int value)
{
	const char *name = words_name(list, value);

	return name ? name : "other";
}

#endif
