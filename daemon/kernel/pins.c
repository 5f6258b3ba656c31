#define _GNU_SOURCE
#include "daemon/kernel/pins.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

struct pins {
	char *directory;
	size_t n_pins;
	struct pin **pins; /* the directory is the first */
};

int pins_new(const char *parent, const char *name, struct pins **ret, struct error *error)
{
	cleanup(pins_keep) struct pins *pins = calloc(1, sizeof(*pins));
	int result;

	if (!pins || asprintf(&pins->directory, "%s/%s", parent, name) < 0)
		return error_memory(error);
	pins->pins = calloc(1, sizeof(*pins->pins));
	if (!pins->pins)
		return error_memory(error);
	result = pin_directory(pins->directory, &pins->pins[0], error);
	if (result < 0)
		return result;
	pins->n_pins = 1;
	*ret = steal(pins);
	return 0;
}

int pins_add(struct pins *pins, const char *name, int fd, struct error *error)
{
	cleanup(freep) char *path = NULL;
	struct pin **longer;
	int result;

	longer = reallocarray(pins->pins, pins->n_pins + 1, sizeof(*pins->pins));
	if (!longer)
		return error_memory(error);
	pins->pins = longer;
	if (asprintf(&path, "%s/%s", pins->directory, name) < 0)
		return error_memory(error);
	for (char *dot = path + strlen(pins->directory); (dot = strchr(dot, '.'));)
		*dot = '_';
	result = pin_new(path, fd, &pins->pins[pins->n_pins], error);
	if (result == 0)
		pins->n_pins++;
	return result;
}

static void pins_end(struct pins **slot, void (*end)(struct pin **pin))
{
	struct pins *pins = steal(*slot);

	if (!pins)
		return;
	while (pins->n_pins > 0)
		end(&pins->pins[--pins->n_pins]);
	free(pins->pins);
	free(pins->directory);
	free(pins);
}

void pins_drop(struct pins **pins)
{
	pins_end(pins, pin_drop);
}

void pins_keep(struct pins **pins)
{
	pins_end(pins, pin_keep);
}
