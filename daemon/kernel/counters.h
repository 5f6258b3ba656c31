#pragma once

#include "base/error.h"
#include "base/verdict.h"
#include "bpf/counter-rows.h"

#include <stddef.h>
#include <stdint.h>

/* Packets that left the chain at one place, by verdict, all CPUs together. */
struct counter_row {
	uint64_t verdict[VERDICT_COUNT];
};

/* A per-CPU map with `n_rows` rows of struct rootlet_row; returns its fd, to be closed. */
int counters_new(size_t n_rows, struct error *error);

/* The same as a map for one CPU at a time, which counters_map() can show. */
int counters_new_mappable(size_t n_rows, struct error *error);

/* The rows of such a map, as they are at any time; unmap with counters_unmap(). NULL, with an error. */
struct counter_row *counters_map(int fd, size_t n_rows, struct error *error);
void counters_unmap(struct counter_row *rows, size_t n_rows);

/* How many rows that map has; or a negative errno. */
int counters_rows(int fd);

/* Sets the first `n_rows` rows to zero while no program counts in them. Negative errno. */
int counters_reset(int fd, size_t n_rows);

/* Reads the first `n_rows` rows into `ret`. Errors leave it undefined. */
int counters_read(int fd, size_t n_rows, struct counter_row *ret, struct error *error);
