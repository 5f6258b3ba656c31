// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/object.h"
#include "object/signature.h"

/* What the object says about the chosen program, besides struct program_choice. */
struct program_facts {
	bool has_function; /* BTF describes its function */
	size_t n_arguments;
};

/*
 * Finds the XDP program to attach, like object_choose(), but reads the object in the parser. With
 * `is_single` the object must not need libraries. `facts` may be NULL. Errors as with object_choose().
 */
int program_choose(const struct object *object, const char *name, bool is_single,
		   struct program_choice *ret, struct program_facts *facts, struct error *error);

/* The latest chosen program will not be loaded, so the process that has its object can end. */
void program_choose_end(void);

/* Is it a BPF object in ELF format? The parser reads it. Errors: BadObject. */
int object_check(const struct object *object, struct error *error);

/*
 * Can the program of the object fill the slot of the policy? The parser reads both. Errors: InvalidArgument
 * with the difference; BadObject.
 */
int object_check_slot(const struct object *object, const char *program,
		      const struct signature *slot, struct error *error);
