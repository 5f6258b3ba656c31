#pragma once

#include "base/error.h"
#include "base/verdict.h"
#include "bpf/rootlet.h"

#include <stddef.h>
#include <stdint.h>

/* Packets that left the chain at one place, by verdict, all CPUs together. */
struct counter_row {
	uint64_t verdict[VERDICT_COUNT];
};

/* A per-CPU map with `n_rows` rows of struct rootlet_row; returns its fd, to be closed. */
int counters_new(size_t n_rows, struct error *error);

/* How many rows that map has; or a negative errno. */
int counters_rows(int fd);

/* Reads the first `n_rows` rows into `ret`. Errors leave it undefined. */
int counters_read(int fd, size_t n_rows, struct counter_row *ret, struct error *error);
