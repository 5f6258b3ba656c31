#pragma once

#include <jansson.h>

/* Shows to a person what inspection_make() made. */
void inspection_show(const json_t *inspected);
