#pragma once

#include "daemon/kernel/component/component.h"

/* What a component is put together from, for those who load one and those who take one over. */

/* With one holder, the caller; nothing of it is in the kernel yet. */
int component_new(const struct component_spec *spec, bool frags, struct component **ret,
		  struct error *error);

/* Room for the maps of the opened object. */
int component_allocate_maps(struct component *component, const struct bpf_object *opened,
			    struct error *error);

/* Takes `fd`, also on failure; the `name` of the map is copied. */
int component_add_map(struct component *component, const char *name, int fd, struct error *error);

/* Asks the kernel about the program, which is there. */
int component_read_program(struct component *component, struct error *error);

int component_pin(struct component *component, const struct pin_directories *directories,
		  struct error *error);

/* The error for `failure`, when there is no descriptor for something of the component. */
int component_no_descriptor(const struct component *component, int failure, struct error *error);
