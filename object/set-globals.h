#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <bpf/libbpf.h>

/*
 * Gives the global variables of the opened object, which is not loaded yet, the values,
 * NAME=VALUE each. `label` is how errors call the object. Errors: InvalidArgument, with the variable, its type and what it can be.
 */
int set_globals(const char *label, const struct strings *values, const struct bpf_object *opened,
		struct error *error);
