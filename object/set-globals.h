// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <bpf/libbpf.h>

/*
 * Sets global variables of an opened object that is not loaded yet; `values` are NAME=VALUE. `label` names
 * the object in errors. Errors: InvalidArgument, with the variable, its type and the values that it accepts.
 */
int set_globals(const char *label, const struct strings *values, const struct bpf_object *opened,
		struct error *error);
