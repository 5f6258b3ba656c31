// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>
#include <stdio.h>

/* A table with columns as wide as their contents, cut if the table would be wider than allowed. */
struct table;

struct column {
	const char *heading;
	enum column_side { COLUMN_LEFT, COLUMN_RIGHT } side;
	size_t narrow; /* the minimum width to which it may be cut; 0: it is never cut */
};

/* `columns` ends with a NULL heading and must outlive the table. */
struct table *table_new(const struct column *columns);
void table_drop(struct table **table);

/* Fills the next cell, row by row. */
void table_add(struct table *table, const char *text);

/* At most seven characters: from ten million on, for example, 12.3M. */
void table_add_number(struct table *table, uint64_t number);

/*
 * Cells are UTF-8 text, shown as by printable(); wide characters take two columns. A cell that is cut ends in
 * an ellipsis; the widest column is cut first. `width` is that of the terminal (terminal_width()).
 */
void table_print(const struct table *table, FILE *file, size_t width);
