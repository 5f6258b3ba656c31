// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/file.h"
#include "cli/verb.h"

/*
 * Reads the detached signature of an object: the file of that name, or, for NULL, the file named like the
 * object with .sig appended, if it exists. Both are relative to the directory. Free with blob_done(). Errors
 * name the file.
 */
int signature_read(int directory, const char *object, const char *signature, struct blob *ret,
		   struct error *error);

/* A file for the field `signatures` of a request; -1 if all are empty. The caller owns the descriptor. */
int signatures_pack(size_t n, const struct blob *signatures, int *ret, struct error *error);

/*
 * Reads the signatures of a verb's object and libraries. The option --signature may name that of the object;
 * the others lie beside their files. Prints what is wrong.
 */
enum exit_status signatures_open(const struct invocation *invocation, const char *object,
				 const struct descriptors *libraries, int *ret);
