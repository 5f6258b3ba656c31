// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

struct bpf_object;

/* The messages of the kernel and of libbpf about a program that was not loaded. */
struct load_error {
	const char *program;		 /* name of the function */
	const char *label;		 /* names its object in errors */
	const char *log;		 /* of the verifier; "" if it was not asked */
	const char *messages;		 /* of libbpf */
	int failure;			 /* negative errno */
	const struct bpf_object *opened; /* the object; or NULL */
};

/*
 * What the failure means and how to correct it, as a clause that the caller frees: "it uses a pointer that
 * may be NULL, ...". NULL if the kernel's own words are the best explanation, or without memory.
 */
char *load_error_explain(const struct load_error *load_error);

/*
 * Sets VerifierRejected or, if the verifier did not decide, KernelRefused, with that clause, and the deciding
 * lines in the detail. Returns the failure.
 */
int load_error_set(const struct load_error *load_error, struct error *error);
