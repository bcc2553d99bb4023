/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output/json_rule.h"
#include "output/json_value.h"

json_t *json_rule(const struct rule *rule)
{
	return json_pack("{ss so so sI so}", "family", rule->family, "table",
			 json_words(rule->table), "chain", json_words(rule->chain), "handle",
			 (json_int_t)rule->handle, "text", json_words(rule->text));
}

json_t *json_rule_view(const struct rule_view *view)
{
	json_t *object = json_rule(&view->rule);
	json_t *done = json_pack("{sI sI sI so so}", "sessions_blocked", (json_int_t)view->blocked,
				 "sessions_degraded", (json_int_t)view->degraded, "hosts",
				 (json_int_t)view->hosts, "first", json_time(view->first), "last",
				 json_time(view->last));

	if (json_object_update_new(object, done)) {
		json_decref(object);
		return NULL;
	}
	return object;
}
