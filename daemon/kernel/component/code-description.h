#pragma once

#include "daemon/kernel/component/program-code.h"

/*
 * Gives the code of an object without type information (BTF), or with types that the kernel does not accept, a
 * record of its functions, so that it can be fused with others: the kernel wants records of all functions of a
 * program or of none. The first is `int name(struct xdp_md *)`, the others are static. Does nothing for code that
 * has records, and on kernels without BTF. -ENOMEM.
 */
int code_description_add(struct program_code *code, const char *name);
