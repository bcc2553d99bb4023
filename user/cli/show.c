/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/show.h"

static const json_t *member_at(const json_t *object, const char *path)
{
	while (object && *path) {
		size_t length = strcspn(path, ".");

		object = json_object_getn(object, path, length);
		path += length + (path[length] == '.');
	}
	return object;
}

const char *show_text(const json_t *object, const char *path)
{
	const char *text = json_string_value(member_at(object, path));

	return text ? text : "";
}

double show_number(const json_t *object, const char *path)
{
	return json_number_value(member_at(object, path));
}

const char *show_joined(char *out, size_t size, const json_t *list, const char *between)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < json_array_size(list) && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? between : "",
					 json_string_value(json_array_get(list, i)));
	return out;
}

const char *show_age(char *out, double seconds)
{
	if (seconds < 0)
		seconds = 0;
	if (seconds < 120)
		snprintf(out, 16, "%.0f s", seconds);
	else if (seconds < 7200)
		snprintf(out, 16, "%.0f min", seconds / 60);
	else if (seconds < 172800)
		snprintf(out, 16, "%.0f h", seconds / 3600);
	else
		snprintf(out, 16, "%.0f d", seconds / 86400 < 99999 ? seconds / 86400 : 99999);
	return out;
}

const char *show_moment(char *out, size_t size, double seconds)
{
	time_t whole = (time_t)seconds;
	struct tm parts;

	*out = '\0';
	if (localtime_r(&whole, &parts))
		strftime(out, size, "%Y-%m-%d %H:%M:%S %z", &parts);
	return out;
}

int show_json(const json_t *document, size_t flags)
{
	if (!json_dumpf(document, stdout, flags))
		return 0;
	return ferror(stdout) ? -EIO : -ENOMEM;
}
