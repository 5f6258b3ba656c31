// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Asks the kernel and ourselves, of every function of tests/bpf/signatures.bpf.c, which others it can
 * take the place of: signatures TARGETS.o EXTENSIONS.o. Prints where we differ, and how many pairs
 * there were; exits with 77 where the kernel has no extensions.
 */
#include "base/cleanup.h"
#include "object/signature.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define UNAVAILABLE 77

static int be_silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

/* Loads that program of the object as an extension of that function. */
static int ask_kernel(const char *extensions, const char *extension, int target_fd,
		      const char *target)
{
	struct bpf_object *object = bpf_object__open(extensions);
	struct bpf_program *program;
	int result = 0;

	bpf_object__for_each_program(program, object)
	{
		bool chosen = !strcmp(bpf_program__name(program), extension);

		bpf_program__set_autoload(program, chosen);
		if (chosen)
			result = bpf_program__set_attach_target(program, target_fd, target);
	}
	if (result == 0)
		result = bpf_object__load(object);
	bpf_object__close(object);
	return result;
}

struct comparison {
	const char *extensions;
	const struct btf *extension_types;
	int target_fd;
	const struct btf *target_types;
	size_t n_pairs;
	size_t n_fit;
	size_t n_differences;
};

static void compare(struct comparison *comparison, const char *extension, const char *target)
{
	cleanup(error_done) struct error error = {};
	struct signature own, wanted;
	int ours, kernel;

	if (signature_find(comparison->extension_types, extension, &own) < 0 ||
	    signature_find(comparison->target_types, target, &wanted) < 0)
		return;
	ours = signature_check(&own, &wanted, &error);
	kernel = ask_kernel(comparison->extensions, extension, comparison->target_fd, target);
	comparison->n_pairs++;
	comparison->n_fit += kernel == 0;
	if ((ours < 0) == (kernel < 0))
		return;
	comparison->n_differences++;
	printf("%s for %s: the kernel says %s, we say %s\n", extension, target, errno_name(kernel),
	       error.message ?: "yes");
}

/* Compares all functions of one object, except its main function, with all of the other. */
static void compare_all(struct comparison *comparison, const char *main_function)
{
	const struct btf *extensions = comparison->extension_types;
	const struct btf *targets = comparison->target_types;

	for (size_t i = 1; i < btf__type_cnt(extensions); i++) {
		const struct btf_type *extension = btf__type_by_id(extensions, i);

		for (size_t j = 1; btf_is_func(extension) && j < btf__type_cnt(targets); j++) {
			const struct btf_type *target = btf__type_by_id(targets, j);
			const char *name = btf__name_by_offset(targets, target->name_off);

			if (btf_is_func(target) && strcmp(name, main_function) != 0)
				compare(comparison,
					btf__name_by_offset(extensions, extension->name_off), name);
		}
	}
}

static void object_closep(struct bpf_object **object)
{
	bpf_object__close(*object);
}

int main(int argc, char **argv)
{
	struct comparison comparison = { .extensions = argc == 3 ? argv[2] : NULL };
	cleanup(object_closep) struct bpf_object *targets = NULL;
	cleanup(object_closep) struct bpf_object *extensions = NULL;
	const struct bpf_program *target;

	libbpf_set_print(be_silent);
	targets = argc == 3 ? bpf_object__open(argv[1]) : NULL;
	extensions = argc == 3 ? bpf_object__open(argv[2]) : NULL;
	if (!targets || !extensions || bpf_object__load(targets) < 0) {
		fprintf(stderr, "signatures TARGETS.o EXTENSIONS.o\n");
		return EXIT_FAILURE;
	}
	target = bpf_object__next_program(targets, NULL);
	comparison.target_fd = bpf_program__fd(target);
	comparison.target_types = bpf_object__btf(targets);
	comparison.extension_types = bpf_object__btf(extensions);
	if (ask_kernel(argv[2], "plain", comparison.target_fd, "plain") < 0)
		return UNAVAILABLE;
	compare_all(&comparison, bpf_program__name(target));
	printf("%zu pairs, %zu fit\n", comparison.n_pairs, comparison.n_fit);
	return comparison.n_differences ? EXIT_FAILURE : EXIT_SUCCESS;
}
