#pragma once

#include "base/file.h"
#include "cli/verb.h"

/*
 * Reads the detached signature of an object: the file of that name, or, for NULL, that with the object's path and .sig
 * behind it, if there is one. Both are relative to the directory. Free with blob_done(). Errors name the file.
 */
int signature_read(int directory, const char *object, const char *signature, struct blob *ret,
		   struct error *error);

/* A file for the field `signatures` of a request; -1 if all are empty. Its descriptor is the caller's. */
int signatures_pack(size_t n, const struct blob *signatures, int *ret, struct error *error);

/*
 * For a verb with an object, and perhaps libraries: their signatures; the object's may be named by the option
 * --signature, the others lie beside their objects. Says what is wrong.
 */
enum exit_status signatures_open(const struct invocation *invocation, const char *object,
				 const struct descriptors *libraries, int *ret);
