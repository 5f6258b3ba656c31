// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <bpf/btf.h>
#include <stdint.h>

/*
 * The C declaration of `name` with that type, on one line: "int fw(struct xdp_md *ctx)", "__u32 ports[16]"; a
 * long one ends with "...". The caller frees it; NULL: out of memory, or no such type. Pure.
 */
char *c_declaration(const struct btf *btf, uint32_t id, const char *name);
