#pragma once

#include "daemon/kernel/component/spec.h"

#include <bpf/libbpf.h>

/*
 * Gives the global variables of the opened object, which is not loaded yet, the values of the spec.
 * Errors: InvalidArgument, with the variable, its type and what it can be.
 */
int set_globals(const struct component_spec *spec, const struct bpf_object *opened,
		struct error *error);
