/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* docs/metrics.md: every metric of /metrics, in its order there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/prometheus.h"

/* Writes a row for the two lines "# HELP NAME TEXT" and "# TYPE NAME TYPE". */
static void print_row(const char *help, const char *type)
{
	const char *name = help + strlen("# HELP ");
	int length = (int)strcspn(name, " ");

	printf("| `%.*s` | %s | %s |\n", length, name, strrchr(type, ' ') + 1, name + length + 1);
}

int main(void)
{
	struct engine_view *view = calloc(1, sizeof(*view));
	struct snapshot snapshot = {.view = view};
	char *text = NULL, *help = NULL, *rest;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!view || !out)
		return 1;
	view->metrics.conntrack.limit = 1;
	write_prometheus(out, &snapshot);
	fclose(out);
	printf("# Metrics\n\n| metric | type | meaning |\n|---|---|---|\n");
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strncmp(line, "# HELP ", strlen("# HELP ")))
			help = line;
		else if (!strncmp(line, "# TYPE ", strlen("# TYPE ")) && help)
			print_row(help, line);
	}
	free(text);
	free(view);
	return 0;
}
