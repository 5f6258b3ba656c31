#pragma once

#include <stdint.h>
#include <stdio.h>

/* Columns as wide as what is in them, cut where the whole would be wider than allowed. */
struct table;

struct column {
	const char *heading;
	enum column_side { COLUMN_LEFT, COLUMN_RIGHT } side;
	size_t narrow; /* it may be cut down to so many columns of the terminal; 0: never */
};

/* `columns` ends with a NULL heading and must outlive the table. */
struct table *table_new(const struct column *columns);
void table_drop(struct table **table);

/* Fills the next cell, row by row. */
void table_add(struct table *table, const char *text);

/* At most seven characters: from ten million on as 12.3M. */
void table_add_number(struct table *table, uint64_t number);

/*
 * Cells are text in UTF-8, shown as by printable(); wide characters take two columns. Those that are cut
 * end in an ellipsis. The widest is cut first. `width` is that of the terminal (terminal_width()).
 */
void table_print(const struct table *table, FILE *file, size_t width);
