#pragma once

#include "base/error.h"

struct bpf_object;

/* What the kernel or libbpf said when a program was not loaded. */
struct load_error {
	const char *program;		 /* function */
	const char *label;		 /* how errors call its object */
	const char *log;		 /* of the verifier; "" if it was not asked */
	const char *messages;		 /* of libbpf */
	int failure;			 /* negative errno */
	const struct bpf_object *opened; /* that was to be loaded; or NULL */
};

/*
 * What the failure means and what helps, a clause to be freed: "it uses a pointer that may be NULL,
 * ...". NULL if the kernel's own words are the best that there are, or without memory.
 */
char *load_error_explain(const struct load_error *load_error);

/*
 * VerifierRejected or, if the verifier has not decided, KernelRefused, with that clause and the lines
 * that decide in the detail. Returns the failure.
 */
int load_error_set(const struct load_error *load_error, struct error *error);
