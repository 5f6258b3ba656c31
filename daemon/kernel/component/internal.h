// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>

struct component;
struct component_spec;
struct pin_directories;
struct prog_info;

/* Parts of a component's construction, shared by loading, adopting and restoring. */

/* The caller is the only holder; the kernel does not have any part of the component yet. */
int component_new(const struct component_spec *spec, bool frags, struct component **ret,
		  struct error *error);

/* Allocates room for this many maps. */
int component_allocate_maps(struct component *component, size_t n_maps, struct error *error);

/* Takes `fd`, also on failure; the `name` of the map is copied. */
int component_add_map(struct component *component, const char *name, int fd, struct error *error);

/* Asks the kernel about the component's program, which is loaded. */
int component_read_program(struct component *component, struct error *error);

/* Pins the program and the maps of the component. Errors: KernelRefused. */
int component_pin(struct component *component, const struct pin_directories *directories,
		  struct error *error);

/* Sets the error when a descriptor of something in the component could not be duplicated. */
int component_no_descriptor(const struct component *component, int failure, struct error *error);

/*
 * For a component without an object: finds its maps in the kernel's information about the program, under
 * their short names. The program keeps them, so they need no pins.
 */
int component_find_maps(struct component *component, const struct prog_info *info,
			struct error *error);

/* The name of a map's pin; to be freed. */
char *component_map_pin(const char *map_name);
