// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/verdict.h"
#include "bpf/counter-rows.h"

#include <stddef.h>
#include <stdint.h>

/* Packets that left the chain at one place, by verdict, the sum of all CPUs. */
struct counter_row {
	uint64_t verdict[VERDICT_COUNT];
};

/*
 * Creates a per-CPU map with `n_rows` rows of struct rootlet_row; returns its fd, which the caller closes.
 */
int counters_new(size_t n_rows, struct error *error);

/* Creates a map for one CPU at a time, which counters_map() can map into memory. */
int counters_new_mappable(size_t n_rows, struct error *error);

/*
 * Maps the rows of such a map into memory, where they always have their present values; unmap with
 * counters_unmap(). NULL, with an error.
 */
struct counter_row *counters_map(int fd, size_t n_rows, struct error *error);
void counters_unmap(struct counter_row *rows, size_t n_rows);

/* The number of rows of the map, or a negative errno. */
int counters_rows(int fd);

/*
 * Sets the first `n_rows` rows to zero, while no program counts in them. Returns 0 or a negative errno.
 */
int counters_reset(int fd, size_t n_rows);

/* Reads the first `n_rows` rows into `ret`, which is undefined after an error. */
int counters_read(int fd, size_t n_rows, struct counter_row *ret, struct error *error);
