#pragma once

#include "base/error.h"

#include <stdbool.h>

struct component;
struct component_spec;
struct pin_directories;
struct prog_info;

/* What a component is put together from, for those who load one and those who take one over. */

/* With one holder, the caller; nothing of it is in the kernel yet. */
int component_new(const struct component_spec *spec, bool frags, struct component **ret,
		  struct error *error);

/* Room for so many maps. */
int component_allocate_maps(struct component *component, size_t n_maps, struct error *error);

/* Takes `fd`, also on failure; the `name` of the map is copied. */
int component_add_map(struct component *component, const char *name, int fd, struct error *error);

/* Asks the kernel about the program, which is there. */
int component_read_program(struct component *component, struct error *error);

int component_pin(struct component *component, const struct pin_directories *directories,
		  struct error *error);

/* The error for `failure`, when there is no descriptor for something of the component. */
int component_no_descriptor(const struct component *component, int failure, struct error *error);

/*
 * Without an object the maps are those that the kernel knows of, by its short names. The program
 * keeps them, so that they need no pins.
 */
int component_find_maps(struct component *component, const struct prog_info *info,
			struct error *error);

/* The name of a map's pin; to be freed. */
char *component_map_pin(const char *map_name);
