/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/list.h"

struct list_reader {
	bool print;
	bool begun; /* the first line has been taken */
	/* the line that is not complete yet; of a status other than 200 the whole body */
	struct answer rest;
	list_item_fn take;
	void *arg;
};

/*
 * The document has one item a line: '{"sessions": [ITEM,', 'ITEM,' or 'ITEM]}'; an empty list has
 * none.
 */
static int list_take_line(struct list_reader *list, const char *line, size_t size)
{
	static const char begin[] = "{\"sessions\": [";
	size_t skip = list->begun ? 0 : strlen(begin);
	json_t *item;
	int err;

	if (size < skip || memcmp(line, begin, skip))
		return -EBADMSG;
	list->begun = true;
	if (size > skip && line[skip] == ']')
		return 0;
	item = json_loadb(line + skip, size - skip, JSON_DISABLE_EOF_CHECK, NULL);
	err = json_is_object(item) ? list->take(list->arg, item) : -EBADMSG;
	json_decref(item);
	return err;
}

static int list_take_lines(struct list_reader *list)
{
	struct answer *rest = &list->rest;
	char *line = rest->text, *end;
	size_t left = rest->size;
	int err = 0;

	while (!err && left && (end = memchr(line, '\n', left))) {
		err = list_take_line(list, line, (size_t)(end - line));
		left -= (size_t)(end + 1 - line);
		line = end + 1;
	}
	if (left)
		memmove(rest->text, line, left);
	rest->size = left;
	return err;
}

static int list_on_data(void *arg, long status, const char *data, size_t size)
{
	struct list_reader *list = arg;
	int err;

	if (status == 200 && list->print)
		return client_print(data, size);
	err = answer_add(&list->rest, data, size);
	return err || status != 200 ? err : list_take_lines(list);
}

int list_get(const struct options *options, const char *page, list_item_fn take, void *arg)
{
	struct list_reader list = {.print = options->json, .take = take, .arg = arg};
	int err = client_stream(options, page, &list.rest.status, list_on_data, &list);

	if (!err && list.rest.status != 200) {
		client_refused(&list.rest, page);
		err = EXIT_PROBLEM;
	} else if (!err && !list.print && (!list.begun || list.rest.size)) {
		err = client_bad_answer();
	}
	answer_free(&list.rest);
	return err;
}
