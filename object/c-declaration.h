#pragma once

#include <bpf/btf.h>
#include <stdint.h>

/*
 * A declaration of `name` with that type, in C and on one line: "int fw(struct xdp_md *ctx)",
 * "__u32 ports[16]"; a long one ends with "...". To be freed; NULL: no memory, or no such type. Pure.
 */
char *c_declaration(const struct btf *btf, uint32_t id, const char *name);
