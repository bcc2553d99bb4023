/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The text that commands print of a document. */
#ifndef P2PSCOPE_TESTS_SHOW_FIXTURE_H
#define P2PSCOPE_TESTS_SHOW_FIXTURE_H

#include <unistd.h>

#include "cli/show.h"
#include "output_fixture.h"

#define SHOWN_MAX 8192
#define NOW 1700000100.0

typedef int (*show_fn)(const json_t *document, double now);

/* Returns what `show` prints of a document, whose reference it takes. */
static inline const char *printed(show_fn show, json_t *document)
{
	static char text[SHOWN_MAX];
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	show(document, NOW);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	text[fread(text, 1, SHOWN_MAX - 1, file)] = '\0';
	fclose(file);
	json_decref(document);
	return text;
}

#endif
