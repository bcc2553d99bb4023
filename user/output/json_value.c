/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "output/json_value.h"
#include "util/address.h"
#include "util/text.h"

/* After a failure: what was made so far is of no use. */
static void json_fail(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

void json_put(json_t **object, const char *key, json_t *value)
{
	if (!*object)
		json_decref(value);
	else if (json_object_set_new(*object, key, value))
		json_fail(object);
}

void json_append(json_t **array, json_t *value)
{
	if (!*array)
		json_decref(value);
	else if (json_array_append_new(*array, value))
		json_fail(array);
}

void json_merge(json_t **object, json_t *other)
{
	if (!*object)
		json_decref(other);
	else if (json_object_update_new(*object, other))
		json_fail(object);
}

json_t *json_time(u64 ns)
{
	return ns ? json_real((double)(ns / 1000) / 1e6) : json_null();
}

json_t *json_addr(const struct addr *ip)
{
	char text[ENDPOINT_TEXT];

	return json_string(addr_text(ip, text));
}

json_t *json_endpoint(const struct endpoint *endpoint)
{
	char text[ENDPOINT_TEXT];

	return endpoint_known(endpoint) ? json_string(endpoint_text(endpoint, text)) : json_null();
}

json_t *json_word(const char *word)
{
	return word && *word ? json_string(word) : json_null();
}

json_t *json_list_word(enum words_list list, unsigned int value)
{
	return json_word(words_name(list, value));
}

/* C0, DEL and, as UTF-8, C1: terminals take U+009B for the beginning of a sequence. */
static bool has_controls(const char *text)
{
	const u8 *c = (const u8 *)text;

	for (; *c; c++)
		if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
			return true;
	return false;
}

json_t *json_words(const char *text)
{
	json_t *value = has_controls(text) ? NULL : json_string(text);
	size_t length = strlen(text), size = 4 * length + 1;
	char *escaped = value ? NULL : malloc(size);

	if (escaped)
		value = json_string(text_bytes(escaped, size, (const u8 *)text, length));
	free(escaped);
	return value;
}

json_t *json_rule(const struct rule *rule)
{
	return json_pack("{ss so so sI so}", "family", rule->family, "table",
			 json_words(rule->table), "chain", json_words(rule->chain), "handle",
			 (json_int_t)rule->handle, "text", json_words(rule->text));
}

json_t *json_rule_view(const struct rule_view *view)
{
	json_t *object = json_rule(&view->rule);

	json_merge(&object,
		   json_pack("{sI sI sI so so}", "sessions_blocked", (json_int_t)view->blocked,
			     "sessions_degraded", (json_int_t)view->degraded, "hosts",
			     (json_int_t)view->hosts, "first", json_time(view->first), "last",
			     json_time(view->last)));
	return object;
}
