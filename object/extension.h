// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/*
 * What prevents a program from being loaded as an extension (BPF_PROG_TYPE_EXT), although it may be a valid
 * XDP program. xdpd and 'xdpctl inspect' both use this, so they give the same answer. Makes no system call.
 */

/*
 * Compares the program of an opened object with the placeholder that it would replace, which takes the
 * context and returns a verdict. `*ret` is a clause that describes the obstacle, which the caller frees;
 * NULL: there is none. -ENOMEM.
 */
int extension_find_obstacle(const struct bpf_object *opened, const char *program, char **ret);

/*
 * Are entries of such a map programs, or do they run programs? The kernel then allows only programs of one
 * kind to use it, for as long as the map exists: those that accept multi-buffer packets, or those that do
 * not.
 */
bool map_type_takes_programs(enum bpf_map_type type);

/*
 * The same for obstacles in the maps of the object. `frags`: the program accepts multi-buffer packets.
 * Source: bpf_prog_map_compatible() in kernel/bpf/core.c.
 */
int extension_find_map_obstacle(const struct bpf_object *opened, bool frags, char **ret);

/* The same for functions of the policy that the object needs (object/function-mark.h). */
int extension_find_need_obstacle(const struct strings *needs, char **ret);
