// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>
#include <stdint.h>

/*
 * Shows the reply of Attach, Detach and others, one line per device: "eth0: fw attached, generation 3 (native
 * mode)". xdpd no longer manages a device without a mode.
 */
void show_results(const json_t *parameters, const char *done);

/* Prints "eth0: ", or "eth0 in /run/netns/blue: ", of an object with the members ifname and netns. */
void show_device(const json_t *object);

/* Prints JSON on one line, for scripts. */
void show_json(const json_t *value);

/* The member of a reply's object; "" and 0 if it is missing. */
const char *reply_text(const json_t *object, const char *name);
uint64_t reply_number(const json_t *object, const char *name);
