#pragma once

#include "base/error.h"
#include "base/file.h"

/*
 * Checks a detached signature of a file for that namespace, in a process of its own, which has no privileges and is
 * gone afterwards. `*ret_key` is the public key that made it, in SSH's encoding; whether that key is trusted is for
 * the caller to decide. `label` names the file in errors: BadSignature for a signature that does not fit; Internal.
 * Free `*ret_key` with blob_done(). Takes milliseconds, and some seconds at most.
 */
int sandbox_check_signature(const char *label, const struct blob *file,
			    const struct blob *signature, const char *name_space,
			    struct blob *ret_key, struct error *error);
