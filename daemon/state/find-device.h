#pragma once

#include "daemon/state/registry.h"

/*
 * The device of ours that people call `name` in the network namespace at that path (NULL: the daemon's own):
 * by its name or, if it exists, by one of its alternative names (ip-link(8)). NULL if there is none.
 */
struct device *find_device(const struct registry *registry, const char *netns_path,
			   const char *name);
