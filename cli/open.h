#pragma once

#include "cli/verb.h"

/* Opens what is pinned where `maps` say so, as NAME=pin:/PATH, in their order; says so if it cannot. */
enum exit_status open_pins(const struct strings *maps, struct descriptors *ret);

/* Opens an object file to be sent along; says so if it cannot. */
enum exit_status open_object(const char *path, int *ret);
