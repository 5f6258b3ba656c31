#pragma once

#include "object/object.h"
#include "object/signature.h"

/* What the object says about the program that was chosen, beside struct program_choice. */
struct program_facts {
	bool has_function; /* its types describe it */
	size_t n_arguments;
};

/*
 * Finds the XDP program to attach, as object_choose() does, but in the parser. With `is_single` the object must not need
 * libraries. `facts` may be NULL. Errors as of object_choose().
 */
int program_choose(const struct object *object, const char *name, bool is_single,
		   struct program_choice *ret, struct program_facts *facts, struct error *error);

/* Nothing is going to be loaded of what was chosen last: the process that has its object can end. */
void program_choose_end(void);

/* Is it an ELF object for BPF? Errors: BadObject. Looked at by the parser. */
int object_check(const struct object *object, struct error *error);

/*
 * Can the program of the object take the place of the slot? Errors: InvalidArgument with the difference; BadObject.
 * Looked at by the parser.
 */
int object_check_slot(const struct object *object, const char *program,
		      const struct signature *slot, struct error *error);
