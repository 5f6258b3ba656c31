// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"

/*
 * Checks a detached signature of a file for that namespace, in a process of its own without privileges, which
 * ends afterwards. `*ret_key` is the public key that made the signature, in SSH's encoding; the caller
 * decides whether that key is trusted. `label` names the file in errors: BadSignature for a signature that
 * does not fit; Internal. Free `*ret_key` with blob_done(). Takes milliseconds, and some seconds at most.
 */
int sandbox_check_signature(const char *label, const struct blob *file,
			    const struct blob *signature, const char *name_space,
			    struct blob *ret_key, struct error *error);
