// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/graph.h"

#include <stdio.h>

/* The graph in forms for people. */

/* A tree below each root; a node with several holders is shown completely only once. */
void graph_print_text(const struct graph *graph, FILE *file);

/* In the language of Graphviz, dot(1). */
void graph_print_dot(const struct graph *graph, FILE *file);
