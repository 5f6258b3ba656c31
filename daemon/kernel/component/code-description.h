// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/program-code.h"

/*
 * Adds function records to the code of an object without type information (BTF), or with BTF that the kernel
 * does not accept, so that it can be fused with other components: the kernel wants records of all functions
 * of a program or of none. The first function is described as `int name(struct xdp_md *)`, the others as
 * static. Does nothing for code that has records, or on kernels without BTF. -ENOMEM.
 */
int code_description_add(struct program_code *code, const char *name);
