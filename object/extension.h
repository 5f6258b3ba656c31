#pragma once

#include "base/error.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/*
 * What keeps a program from being loaded as an extension (BPF_PROG_TYPE_EXT), although it may be a valid XDP
 * program. xdpd and 'xdpctl inspect' both ask here, so that they answer the same. Make no system call.
 */

/*
 * Compares the program of an opened object with the placeholder that it would replace, which takes the context
 * and returns a verdict. `*ret` is one clause about the program, to be freed, or NULL if nothing is in the way.
 * -ENOMEM.
 */
int extension_find_obstacle(const struct bpf_object *opened, const char *program, char **ret);

/*
 * Are entries of such a map programs, or do they run some? The kernel then lets only programs of one kind use it: for
 * multi-buffer packets or not, for as long as the map exists.
 */
bool map_type_takes_programs(enum bpf_map_type type);

/*
 * The same for what an extension cannot do with the maps of the object. `frags`: the program accepts
 * multi-buffer packets. Source: bpf_prog_map_compatible() in kernel/bpf/core.c.
 */
int extension_find_map_obstacle(const struct bpf_object *opened, bool frags, char **ret);
