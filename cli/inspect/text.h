#pragma once

#include <jansson.h>

/* Shows to a person what inspect_object() made. */
void inspect_show(const json_t *inspected);
