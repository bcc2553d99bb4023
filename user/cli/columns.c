/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/columns.h"

struct columns {
	const char *const *heads;
	size_t count;
	size_t used, room;
	char **cells;
	size_t widths[];
};

struct columns *columns_new(const char *const *heads, size_t count)
{
	struct columns *columns = calloc(1, sizeof(*columns) + count * sizeof(columns->widths[0]));

	if (!columns)
		return NULL;
	columns->heads = heads;
	columns->count = count;
	for (size_t i = 0; i < count; i++)
		columns->widths[i] = strlen(heads[i]);
	return columns;
}

void columns_free(struct columns *columns)
{
	if (!columns)
		return;
	for (size_t i = 0; i < columns->used; i++)
		free(columns->cells[i]);
	free(columns->cells);
	free(columns);
}

static int columns_grow(struct columns *columns)
{
	size_t room = columns->room ? columns->room * 2 : 64;
	char **cells;

	if (columns->used < columns->room)
		return 0;
	cells = realloc(columns->cells, room * sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	columns->cells = cells;
	columns->room = room;
	return 0;
}

static int columns_add_cell(struct columns *columns, const char *text)
{
	size_t column = columns->used % columns->count, length;
	char *copy;

	if (!text || !*text)
		text = "-";
	copy = columns_grow(columns) ? NULL : strdup(text);
	if (!copy)
		return -ENOMEM;
	columns->cells[columns->used++] = copy;
	length = strlen(text);
	if (length > columns->widths[column])
		columns->widths[column] = length;
	return 0;
}

int columns_row(struct columns *columns, const char *const *cells)
{
	int err = 0;

	for (size_t i = 0; !err && i < columns->count; i++)
		err = columns_add_cell(columns, cells[i]);
	return err;
}

static int compare_cells(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t common_length(const char *a, const char *b)
{
	size_t length = 0;

	while (a[length] && a[length] == b[length])
		length++;
	return length;
}

/* Returns how many first characters tell all of these texts apart; sorts them. */
static size_t telling_length(char **cells, size_t count)
{
	size_t most = 0;

	qsort(cells, count, sizeof(*cells), compare_cells);
	for (size_t i = 1; i < count; i++) {
		size_t length = common_length(cells[i - 1], cells[i]) + 1;

		most = length > most ? length : most;
	}
	return most;
}

int columns_abbreviate(struct columns *columns, size_t column, size_t least)
{
	size_t rows = columns->used / columns->count, length;
	char **cells = malloc((rows ? rows : 1) * sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	for (size_t i = 0; i < rows; i++)
		cells[i] = columns->cells[i * columns->count + column];
	length = telling_length(cells, rows);
	if (length < least)
		length = least;
	columns->widths[column] = strlen(columns->heads[column]);
	for (size_t i = 0; i < rows; i++) {
		if (strlen(cells[i]) > length)
			cells[i][length] = '\0';
		if (strlen(cells[i]) > columns->widths[column])
			columns->widths[column] = strlen(cells[i]);
	}
	free(cells);
	return 0;
}

static void print_row(const struct columns *columns, const char *const *row, FILE *out)
{
	for (size_t i = 0; i + 1 < columns->count; i++)
		fprintf(out, "%-*s  ", (int)columns->widths[i], row[i]);
	fprintf(out, "%s\n", row[columns->count - 1]);
}

void columns_print(const struct columns *columns, FILE *out)
{
	print_row(columns, columns->heads, out);
	for (size_t i = 0; i + columns->count <= columns->used; i += columns->count)
		print_row(columns, (const char *const *)columns->cells + i, out);
}
