// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Each rule by which the kernel compares an extension with the function that it replaces, and its sentence.
 */
#include "base/cleanup.h"
#include "object/signature.h"
#include "tests/unit/test.h"

#include <string.h>

/* Types by their names in this test; created again for each of the two functions. */
enum kind {
	NONE, /* ends a list; as a result: void */
	INT,
	UNSIGNED,
	U32, /* a typedef of UNSIGNED */
	LONG,
	ENUM,
	LARGER_ENUM,
	FLOAT,
	STRUCT,
	CONTEXT,
	CONST_CONTEXT,
	OTHER_POINTER,
	INT_POINTER,
	FORWARD_POINTER,
	LARGER_POINTER, /* to a larger structure of the same name as OTHER_POINTER */
	LARGER_CONTEXT,
	LONG_POINTER,
	OTHER_FORWARD_POINTER,
	KIND_COUNT
};

/* A function, as a test writes it. */
struct prototype {
	const char *name;
	enum kind result;
	enum kind arguments[6];
	bool is_static;
};

static int structure(struct btf *btf, const char *name, int size)
{
	int integer = btf__add_int(btf, "unsigned int", 4, 0);
	int id = btf__add_struct(btf, name, size);

	assert_int_equal(btf__add_field(btf, "data", integer, 0, 0), 0);
	return id;
}

static int enumeration(struct btf *btf, int n_values)
{
	int id = btf__add_enum(btf, "answer", 4);
	static const char *const names[] = { "A", "B", "C" };

	for (int i = 0; i < n_values; i++)
		assert_int_equal(btf__add_enum_value(btf, names[i], i), 0);
	return id;
}

static int type(struct btf *btf, enum kind kind)
{
	switch (kind) {
	case NONE:
		return 0;
	case INT:
		return btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	case UNSIGNED:
		return btf__add_int(btf, "unsigned int", 4, 0);
	case U32:
		return btf__add_typedef(btf, "__u32", type(btf, UNSIGNED));
	case LONG:
		return btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	case ENUM:
		return enumeration(btf, 2);
	case LARGER_ENUM:
		return enumeration(btf, 3);
	case FLOAT:
		return btf__add_float(btf, "float", 4);
	case STRUCT:
		return structure(btf, "flow", 4);
	case CONTEXT:
		return btf__add_ptr(btf, structure(btf, "xdp_md", 4));
	case CONST_CONTEXT:
		return btf__add_const(
			btf, btf__add_ptr(btf, btf__add_const(btf, structure(btf, "xdp_md", 4))));
	case OTHER_POINTER:
		return btf__add_ptr(btf, structure(btf, "flow", 4));
	case INT_POINTER:
		return btf__add_ptr(btf, type(btf, INT));
	case FORWARD_POINTER:
		return btf__add_ptr(btf, btf__add_fwd(btf, "xdp_md", BTF_FWD_STRUCT));
	case LARGER_POINTER:
		return btf__add_ptr(btf, structure(btf, "flow", 16));
	case LARGER_CONTEXT:
		return btf__add_ptr(btf, structure(btf, "xdp_md", 28));
	case LONG_POINTER:
		return btf__add_ptr(btf, type(btf, LONG));
	case OTHER_FORWARD_POINTER:
		return btf__add_ptr(btf, btf__add_fwd(btf, "flow", BTF_FWD_STRUCT));
	case KIND_COUNT:
		break;
	}
	return -1;
}

/* The caller frees its BTF. */
static struct signature make(const struct prototype *prototype)
{
	struct btf *btf = btf__new_empty();
	int arguments[6], id;
	size_t count = 0;
	int result = type(btf, prototype->result);

	for (; prototype->arguments[count]; count++)
		arguments[count] = type(btf, prototype->arguments[count]);
	id = btf__add_func_proto(btf, result);
	for (size_t i = 0; i < count; i++) {
		char name[] = "a0";

		name[1] += i;
		assert_int_equal(btf__add_func_param(btf, name, arguments[i]), 0);
	}
	id = btf__add_func(btf, prototype->name,
			   prototype->is_static ? BTF_FUNC_STATIC : BTF_FUNC_GLOBAL, id);
	assert_true(id > 0);
	return (struct signature){ btf, id };
}

typedef int comparison(const struct signature *function, const struct signature *target,
		       struct error *error);

/* The sentence is NULL if they fit. */
static void check_by(comparison *compare, struct prototype function, struct prototype target,
		     const char *sentence)
{
	struct signature own = make(&function), wanted = make(&target);
	cleanup(error_done) struct error error = {};
	int result = compare(&own, &wanted, &error);

	if (sentence)
		assert_string_equal(error.message, sentence);
	assert_int_equal(result, sentence ? -EINVAL : 0);
	assert_int_equal(error.id, sentence ? ERROR_INVALID_ARGUMENT : ERROR_NONE);
	btf__free((struct btf *)own.btf);
	btf__free((struct btf *)wanted.btf);
}

/* NULL: the function can replace the other one. */
static void check(struct prototype function, struct prototype target, const char *sentence)
{
	check_by(signature_check, function, target, sentence);
}

/* NULL: a component's calls of the function can become calls of the other one. */
static void check_offer(struct prototype function, struct prototype offered, const char *sentence)
{
	check_by(signature_check_offer, function, offered, sentence);
}

#define FW(...)                               \
	(struct prototype)                    \
	{                                     \
		"fw", INT, { __VA_ARGS__ }, 0 \
	}
#define SLOT(...)                               \
	(struct prototype)                      \
	{                                       \
		"slot", INT, { __VA_ARGS__ }, 0 \
	}
#define CANNOT "'fw' does not fit the slot 'slot': "

static void the_same_signature_fits(void **state)
{
	(void)state;
	check(FW(CONTEXT), SLOT(CONTEXT), NULL);
	check(FW(NONE), SLOT(NONE), NULL);
	check(FW(CONTEXT, U32, LONG, ENUM, INT), SLOT(CONTEXT, U32, LONG, ENUM, INT), NULL);
}

static void the_context_may_be_in_any_position(void **state)
{
	(void)state;
	check(FW(INT, LONG, CONTEXT), SLOT(INT, LONG, CONTEXT), NULL);
	check(FW(INT, CONTEXT), SLOT(CONTEXT, INT),
	      CANNOT "its argument 1 is 'int', but that of 'slot' is 'struct xdp_md *'");
}

static void names_of_types_and_modifiers_do_not_count(void **state)
{
	(void)state;
	check(FW(CONST_CONTEXT), SLOT(CONTEXT), NULL);
	check(FW(CONTEXT, U32), SLOT(CONTEXT, UNSIGNED), NULL);
	/* The sign does not matter either. */
	check(FW(CONTEXT, INT), SLOT(CONTEXT, UNSIGNED), NULL);
}

static void static_functions_neither_replace_nor_are_replaced(void **state)
{
	(void)state;
	check((struct prototype){ "fw", INT, { CONTEXT }, .is_static = true }, SLOT(CONTEXT),
	      CANNOT "'fw' is static; a slot and the function in it must be global");
	check(FW(CONTEXT), (struct prototype){ "slot", INT, { CONTEXT }, .is_static = true },
	      CANNOT "'slot' is static; a slot and the function in it must be global");
}

static void the_number_of_arguments_counts(void **state)
{
	(void)state;
	check(FW(CONTEXT), SLOT(CONTEXT, INT), CANNOT "it takes 1 argument, but 'slot' takes 2");
	check(FW(CONTEXT, INT, INT), SLOT(CONTEXT),
	      CANNOT "it takes 3 arguments, but 'slot' takes 1");
}

static void results_are_compared_by_kind_alone(void **state)
{
	(void)state;
	check((struct prototype){ "fw", LONG, { CONTEXT }, 0 }, SLOT(CONTEXT), NULL);
	check((struct prototype){ "fw", ENUM, { CONTEXT }, 0 }, SLOT(CONTEXT),
	      CANNOT "its result is 'enum answer', but that of 'slot' is 'int'");
	check((struct prototype){ "fw", NONE, { CONTEXT }, 0 }, SLOT(CONTEXT),
	      CANNOT "its result is 'void', but that of 'slot' is 'int'");
	check((struct prototype){ "fw", NONE, { CONTEXT }, 0 },
	      (struct prototype){ "slot", NONE, { CONTEXT }, 0 }, NULL);
}

static void arguments_are_compared_by_kind_and_size(void **state)
{
	(void)state;
	check(FW(CONTEXT, LONG), SLOT(CONTEXT, INT),
	      CANNOT "its argument 2 has 8 bytes, but that of 'slot' has 4");
	check(FW(CONTEXT, U32), SLOT(CONTEXT, ENUM),
	      CANNOT "its argument 2 is '__u32', but that of 'slot' is 'enum answer'");
	check(FW(CONTEXT, ENUM), SLOT(CONTEXT, LARGER_ENUM),
	      CANNOT "its argument 2 is 'enum answer', but that of 'slot' is 'enum answer'");
	check(FW(INT), SLOT(CONTEXT),
	      CANNOT "its argument 1 is 'int', but that of 'slot' is 'struct xdp_md *'");
}

static void only_numbers_and_pointers_fit(void **state)
{
	(void)state;
	check(FW(CONTEXT, STRUCT), SLOT(CONTEXT, STRUCT),
	      CANNOT "argument 2 is neither a number nor a pointer to the context");
	check(FW(FLOAT), SLOT(FLOAT),
	      CANNOT "argument 1 is neither a number nor a pointer to the context");
}

static void pointers_are_compared_by_the_name_of_the_structure(void **state)
{
	(void)state;
	check(FW(OTHER_POINTER), SLOT(OTHER_POINTER), NULL);
	check(FW(OTHER_POINTER), SLOT(CONTEXT),
	      CANNOT "its argument 1 points to 'struct flow', but that of 'slot' to "
		     "'struct xdp_md'");
	check(FW(INT_POINTER), SLOT(CONTEXT),
	      CANNOT "argument 1 of 'fw' is not a pointer to a structure, and other pointers "
		     "cannot be compared");
	check(FW(CONTEXT), SLOT(FORWARD_POINTER),
	      CANNOT "argument 1 of 'slot' is not a pointer to a structure, and other pointers "
		     "cannot be compared");
}

/* The kernel compares only the names, and lets each function use the size in its own types. */
static void structures_behind_pointers_have_the_same_size(void **state)
{
	(void)state;
	check(FW(CONTEXT, LARGER_POINTER), SLOT(CONTEXT, OTHER_POINTER),
	      CANNOT "its argument 2 points to a 'struct flow' of 16 bytes, but that of 'slot' to "
		     "one of 4");
	/* The context has the size that the kernel gives it. */
	check(FW(LARGER_CONTEXT), SLOT(CONTEXT), NULL);
}

#define PARSE(result, ...)                          \
	(struct prototype)                          \
	{                                           \
		"parse", result, { __VA_ARGS__ }, 1 \
	}
#define DIFFERS "'parse' is declared otherwise in the policy: "

static void an_offered_function_has_the_same_declaration(void **state)
{
	(void)state;
	for (enum kind kind = INT; kind < KIND_COUNT; kind++)
		check_offer(PARSE(kind, CONTEXT, kind), PARSE(kind, CONTEXT, kind), NULL);
	check_offer(PARSE(NONE), PARSE(NONE), NULL);
	check_offer(PARSE(INT, CONST_CONTEXT, U32), PARSE(INT, CONTEXT, UNSIGNED), NULL);
	/* The component only declares the structure. */
	check_offer(PARSE(OTHER_FORWARD_POINTER, FORWARD_POINTER), PARSE(OTHER_POINTER, CONTEXT),
		    NULL);
	check_offer(PARSE(INT, CONTEXT), PARSE(INT, CONTEXT, INT),
		    DIFFERS "it takes 1 argument, but the policy's function takes 2");
	check_offer(PARSE(LONG, CONTEXT), PARSE(INT, CONTEXT),
		    DIFFERS "its result has 8 bytes, but that of the policy's function has 4");
	check_offer(PARSE(NONE, CONTEXT), PARSE(INT, CONTEXT),
		    DIFFERS "its result is 'void', but that of the policy's function is 'int'");
	check_offer(PARSE(LARGER_POINTER), PARSE(OTHER_POINTER),
		    DIFFERS "its result points to a 'struct flow' of 16 bytes, but that of the "
			    "policy's function to one of 4");
	check_offer(PARSE(INT, OTHER_POINTER), PARSE(INT, CONTEXT),
		    DIFFERS
		    "its argument 1 is 'struct flow *', but that of the policy's function is "
		    "'struct xdp_md *'");
	check_offer(PARSE(INT, INT_POINTER), PARSE(INT, LONG_POINTER),
		    DIFFERS "its argument 1 is 'int *', but that of the policy's function is "
			    "'long *'");
	check_offer(PARSE(INT, INT_POINTER), PARSE(INT, OTHER_POINTER),
		    DIFFERS "its argument 1 is 'int *', but that of the policy's function is "
			    "'struct flow *'");
}

/* A pointer to a structure of a policy is not the context, wherever it is. */
static void only_the_context_is_the_context(void **state)
{
	const struct prototype prototype = SLOT(OTHER_POINTER, CONTEXT);
	struct signature signature = make(&prototype);
	int context;

	(void)state;
	assert_int_equal(signature_arguments(&signature, &context), 2);
	assert_int_equal(context, 1);
	btf__free((struct btf *)signature.btf);
}

static void a_signature_is_written_as_in_c(void **state)
{
	const struct prototype prototype = SLOT(INT, CONTEXT, U32);
	struct signature signature = make(&prototype);
	cleanup(freep) char *text = signature_format(&signature);
	int context;

	(void)state;
	assert_string_equal(text, "int slot(int a0, struct xdp_md *a1, __u32 a2)");
	assert_int_equal(signature_arguments(&signature, &context), 3);
	assert_int_equal(context, 1);
	btf__free((struct btf *)signature.btf);
}

static void functions_are_found_by_name(void **state)
{
	const struct prototype prototype = SLOT(INT);
	struct signature made = make(&prototype), found;
	int context;

	(void)state;
	assert_int_equal(signature_find(made.btf, "slot", &found), 0);
	assert_int_equal(found.function_id, made.function_id);
	assert_int_equal(signature_find(made.btf, "int", &found), -ENOENT);
	assert_int_equal(signature_arguments(&made, &context), 1);
	assert_int_equal(context, -1);
	btf__free((struct btf *)made.btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_signature_fits),
		cmocka_unit_test(the_context_may_be_in_any_position),
		cmocka_unit_test(names_of_types_and_modifiers_do_not_count),
		cmocka_unit_test(static_functions_neither_replace_nor_are_replaced),
		cmocka_unit_test(the_number_of_arguments_counts),
		cmocka_unit_test(results_are_compared_by_kind_alone),
		cmocka_unit_test(arguments_are_compared_by_kind_and_size),
		cmocka_unit_test(only_numbers_and_pointers_fit),
		cmocka_unit_test(pointers_are_compared_by_the_name_of_the_structure),
		cmocka_unit_test(structures_behind_pointers_have_the_same_size),
		cmocka_unit_test(an_offered_function_has_the_same_declaration),
		cmocka_unit_test(only_the_context_is_the_context),
		cmocka_unit_test(a_signature_is_written_as_in_c),
		cmocka_unit_test(functions_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
