/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Views filled by hand for the tests of outputs, and what the outputs write as text. */
#ifndef P2PSCOPE_TESTS_OUTPUT_FIXTURE_H
#define P2PSCOPE_TESTS_OUTPUT_FIXTURE_H

#include <jansson.h>

#include "engine/engine.h"
#include "output/json.h"
#include "packet.h"
#include "suite.h"

typedef int (*write_fn)(FILE *out, const struct engine_view *view);

/* What `write` makes of a view, read back. */
static inline json_t *document_of(write_fn write, const struct engine_view *view)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *document;

	assert_non_null(out);
	assert_int_equal(write(out, view), 0);
	fclose(out);
	document = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	assert_non_null(document);
	return document;
}

/*
 * A host behind this gateway, which does everything right, and a NAT further out of which little is
 * known.
 */
static inline struct nat_view nat_of_much(void)
{
	return (struct nat_view){
		.gateway =
			{
				.translates = {.value = BEHAVIOUR_YES, .samples = 20},
				.mapping = {.value = BEHAVIOUR_ENDPOINT_INDEPENDENT,
					    .samples = 12,
					    .contrary = 1},
				.filtering = {.excluded = 1 << BEHAVIOUR_ENDPOINT_INDEPENDENT |
							  1 << BEHAVIOUR_ADDRESS_DEPENDENT,
					      .samples = 3},
				.port_preservation = {.value = BEHAVIOUR_YES, .samples = 12},
				.parity = {.value = BEHAVIOUR_NO, .samples = 4},
				.pooling = {.value = BEHAVIOUR_PAIRED, .samples = 5},
				.hairpinning = {.samples = 1},
				.lifetime_samples = 3,
				.lifetime_at_least = 31,
				.lifetime_at_most = 125,
			},
		.upstream = {.mapping = {.value = BEHAVIOUR_PORT_DEPENDENT, .samples = 2},
			     .lifetime_samples = 1},
		.upstream_kind = UPSTREAM_CARRIER_GRADE,
		.mapping = BEHAVIOUR_PORT_DEPENDENT,
		.filtering = BEHAVIOUR_UNDETERMINED,
		.meaning = MEANING_SYMMETRIC,
	};
}

#endif
