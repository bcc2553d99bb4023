/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "output/json_rule.h"
#include "output/json_value.h"
#include "text.h"

static bool has_controls(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* An administrator's words are UTF-8 mostly; what is not, or would move a terminal's cursor, is shown byte by byte. */
static json_t *words(const char *text)
{
	char escaped[4 * RULE_TEXT + 1];
	json_t *value = has_controls(text) ? NULL : json_string(text);

	return value ? value : json_string(text_bytes(escaped, sizeof(escaped), (const u8 *)text, strlen(text)));
}

json_t *json_rule(const struct rule *rule)
{
	return json_pack("{ss so so sI so}", "family", rule->family, "table", words(rule->table), "chain",
			 words(rule->chain), "handle", (json_int_t)rule->handle, "text", words(rule->text));
}

json_t *json_rule_view(const struct rule_view *view)
{
	json_t *object = json_rule(&view->rule);
	json_t *done = json_pack("{sI sI sI so so}", "sessions_blocked", (json_int_t)view->blocked, "sessions_degraded",
				 (json_int_t)view->degraded, "hosts", (json_int_t)view->hosts, "first",
				 json_time(view->first), "last", json_time(view->last));

	if (json_object_update_new(object, done)) {
		json_decref(object);
		return NULL;
	}
	return object;
}
