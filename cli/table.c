#define _GNU_SOURCE
#include "cli/table.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define COLUMNS_MAX 16

struct table {
	const struct column *columns;
	size_t n_columns;
	size_t n_cells;
	char **cells;
};

/* All that is allocated here is small, and the program is at its end. */
static void *or_abort(void *pointer)
{
	if (!pointer)
		abort();
	return pointer;
}

struct table *table_new(const struct column *columns)
{
	struct table *table = or_abort(calloc(1, sizeof(*table)));

	table->columns = columns;
	while (columns[table->n_columns].heading && table->n_columns < COLUMNS_MAX)
		table->n_columns++;
	return table;
}

void table_drop(struct table **slot)
{
	struct table *table = steal(*slot);

	if (!table)
		return;
	while (table->n_cells > 0)
		free(table->cells[--table->n_cells]);
	free(table->cells);
	free(table);
}

void table_add(struct table *table, const char *text)
{
	table->cells =
		or_abort(reallocarray(table->cells, table->n_cells + 1, sizeof(*table->cells)));
	table->cells[table->n_cells++] = or_abort(strdup(text));
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

/* In characters, not bytes. */
static size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

/* The bytes of the first `width` characters. */
static int text_size(const char *text, size_t width)
{
	const char *end = text;

	while (*end && (width > 0 || (*end & 0xc0) == 0x80))
		width -= (*end++ & 0xc0) != 0x80;
	return end - text;
}

/* As wide as the widest of the heading and the cells below it. */
static size_t natural_width(const struct table *table, size_t column)
{
	size_t widest = text_width(table->columns[column].heading);

	for (size_t i = column; i < table->n_cells; i += table->n_columns) {
		size_t width = text_width(table->cells[i]);

		widest = width > widest ? width : widest;
	}
	return widest;
}

/* The widest column that can be cut further; NULL if there is none. */
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

/* Makes the whole fit, if it can be; returns the space between columns. */
static size_t fit(const struct table *table, size_t *widths, size_t width)
{
	size_t *widest;

	if (total_width(table, widths, 2) <= width)
		return 2;
	while (total_width(table, widths, 1) > width && (widest = find_widest(table, widths)))
		--*widest;
	return 1;
}

static void print_cell(FILE *file, const char *text, size_t width, enum column_side side)
{
	size_t text_is = text_width(text);
	int spaces = text_is < width ? width - text_is : 0;

	if (side == COLUMN_RIGHT)
		fprintf(file, "%*s", spaces, "");
	if (text_is > width)
		fprintf(file, "%.*s…", text_size(text, width - 1), text);
	else
		fputs(text, file);
	if (side == COLUMN_LEFT)
		fprintf(file, "%*s", spaces, "");
}

static void print_row(const struct table *table, FILE *file, const size_t *widths, size_t gap,
		      char *const *cells)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		const struct column *column = &table->columns[i];

		fprintf(file, "%*s", i > 0 ? (int)gap : 0, "");
		print_cell(file, cells ? cells[i] : column->heading, widths[i], column->side);
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
