#pragma once

#include "cli/graph.h"

#include <stdio.h>

/* The graph in the forms in which people read it. */

/* A tree below each root; what several hold is shown in full once. */
void graph_print_text(const struct graph *graph, FILE *file);

/* In the language of graphviz, dot(1). */
void graph_print_dot(const struct graph *graph, FILE *file);
