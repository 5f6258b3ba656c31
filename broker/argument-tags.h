// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/*
 * Checks the tags on arguments of functions in BTF, of which nothing was checked before. With some of them, a function reads
 * memory of the kernel at any address that its caller chooses, without a call that program_check() could refuse
 * (arg:untrusted, since Linux 6.17). Only harmless ones are accepted. Errors: NoPermission, with a clause as in
 * broker/program-check.h.
 */
int argument_tags_check(const void *types, size_t size, struct error *error);
