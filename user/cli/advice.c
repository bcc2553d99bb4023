/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stddef.h>

#include "cli/show.h"
#include "engine/names.h"

const struct verdict_text *advice_for(const char *verdict, const char *cause)
{
	int found = words_value(WORDS_CAUSES, cause);

	if (found >= 0)
		return cause_text((enum cause)found);
	found = words_value(WORDS_VERDICTS, verdict);
	return found < 0 ? NULL : verdict_text((enum verdict)found);
}
