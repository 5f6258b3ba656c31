// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/table.h"

#include "base/cleanup.h"
#include "base/printable.h"
#include "cli/or-abort.h"

#include <inttypes.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

#define COLUMNS_MAX 16

struct table {
	const struct column *columns;
	size_t n_columns;
	size_t n_cells;
	char **cells;
	/* A locale that knows the widths of all characters, whatever the user's; 0: none. */
	locale_t characters;
};

struct table *table_new(const struct column *columns)
{
	struct table *table = or_abort(calloc(1, sizeof(*table)));

	table->columns = columns;
	while (columns[table->n_columns].heading && table->n_columns < COLUMNS_MAX)
		table->n_columns++;
	return table;
}

void table_drop(struct table **p)
{
	struct table *table = steal(*p);

	if (!table)
		return;
	while (table->n_cells > 0)
		free(table->cells[--table->n_cells]);
	free(table->cells);
	if (table->characters)
		freelocale(table->characters);
	free(table);
}

void table_add(struct table *table, const char *text)
{
	table->cells =
		or_abort(reallocarray(table->cells, table->n_cells + 1, sizeof(*table->cells)));
	table->cells[table->n_cells++] = or_abort(printable(text));
	for (const char *byte = text; *byte && !table->characters; byte++)
		if (*byte & 0x80) /* few tables need it, and it costs time */
			table->characters = newlocale(LC_CTYPE_MASK, "C.UTF-8", 0);
}

void table_add_number(struct table *table, uint64_t number)
{
	static const char units[] = " kMGTPE";
	uint64_t whole = number, tenths = 0;
	char text[24];
	size_t unit;

	for (unit = 0; number >= 10000000 && whole >= 1000; unit++) {
		tenths = whole % 1000 / 100;
		whole /= 1000;
	}
	if (unit == 0)
		snprintf(text, sizeof(text), "%" PRIu64, number);
	else
		snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 "%c", whole, tenths,
			 units[unit]);
	table_add(table, text);
}

/* The number of columns that it takes on a terminal; 1 if that is unknown. */
static size_t character_width(const struct table *table, uint32_t character)
{
	locale_t before;
	int width;

	if (character < 0x300 || !table->characters)
		return 1;
	before = uselocale(table->characters);
	width = wcwidth(character);
	uselocale(before);
	return width < 0 ? 1 : width;
}

/* The number of bytes that fit into `limit` columns; `*ret` is how many columns these take. */
static int text_fit(const struct table *table, const char *text, size_t limit, size_t *ret)
{
	const char *end = text;

	*ret = 0;
	while (*end) {
		uint32_t character;
		size_t size = character_decode(end, &character);
		size_t width = character_width(table, character);

		if (*ret + width > limit)
			break;
		*ret += width;
		end += size;
	}
	return end - text;
}

static size_t text_width(const struct table *table, const char *text)
{
	size_t width;

	text_fit(table, text, SIZE_MAX, &width);
	return width;
}

/* The width of the widest of the heading and the cells below it. */
static size_t natural_width(const struct table *table, size_t column)
{
	size_t widest = text_width(table, table->columns[column].heading);

	for (size_t i = column; i < table->n_cells; i += table->n_columns) {
		size_t width = text_width(table, table->cells[i]);

		widest = width > widest ? width : widest;
	}
	return widest;
}

/* The widest column that can be narrowed further; NULL if there is none. */
static size_t *find_widest(const struct table *table, size_t *widths)
{
	size_t *widest = NULL;

	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].narrow && widths[i] > table->columns[i].narrow &&
		    (!widest || widths[i] > *widest))
			widest = &widths[i];
	return widest;
}

static size_t total_width(const struct table *table, const size_t *widths, size_t gap)
{
	size_t total = gap * (table->n_columns - 1);

	for (size_t i = 0; i < table->n_columns; i++)
		total += widths[i];
	return total;
}

/* Narrows columns until the table fits, if possible; returns the space between columns. */
static size_t fit(const struct table *table, size_t *widths, size_t width)
{
	size_t *widest;

	if (total_width(table, widths, 2) <= width)
		return 2;
	while (total_width(table, widths, 1) > width && (widest = find_widest(table, widths)))
		--*widest;
	return 1;
}

/* The last cell of a row has no spaces after it. */
static void print_cell(const struct table *table, FILE *file, const char *text, size_t width,
		       enum column_side side, bool is_last)
{
	size_t shown = text_width(table, text);
	bool is_cut = shown > width;
	int size = is_cut ? text_fit(table, text, width - 1, &shown) : (int)strlen(text);
	int spaces;

	shown += is_cut; /* the ellipsis */
	spaces = shown < width ? width - shown : 0;
	fprintf(file, "%*s%.*s%s%*s", side == COLUMN_RIGHT ? spaces : 0, "", size, text,
		is_cut ? "…" : "", side == COLUMN_LEFT && !is_last ? spaces : 0, "");
}

static void print_row(const struct table *table, FILE *file, const size_t *widths, size_t gap,
		      char *const *cells)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		const struct column *column = &table->columns[i];

		fprintf(file, "%*s", i > 0 ? (int)gap : 0, "");
		print_cell(table, file, cells ? cells[i] : column->heading, widths[i], column->side,
			   i + 1 == table->n_columns);
	}
	fputs("\n", file);
}

void table_print(const struct table *table, FILE *file, size_t width)
{
	size_t widths[COLUMNS_MAX];
	size_t gap;

	for (size_t i = 0; i < table->n_columns; i++)
		widths[i] = natural_width(table, i);
	gap = fit(table, widths, width);
	print_row(table, file, widths, gap, NULL);
	for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns)
		print_row(table, file, widths, gap, table->cells + i);
}
