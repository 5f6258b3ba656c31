// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/bpffs/pins.h"

#include <stdint.h>

/*
 * The pins that libxdp's tools look for beside a rootlet that is built like libxdp's dispatcher: a directory
 * named after the device and the rootlet, and in it prog0-prog, prog0-link, prog1-prog and so on, without a
 * gap. The tools learn about the programs only from there (xdp-tools, lib/libxdp/libxdp.c,
 * xdp_multiprog__link_pinned_progs()). All functions take libxdp's lock.
 */
struct libxdp_pins;

/* `directory` is libxdp's; the function neither reads nor creates anything in it. */
int libxdp_pins_new(const char *directory, unsigned int ifindex, uint32_t rootlet_id,
		    struct libxdp_pins **ret, struct error *error);

/*
 * Calls `visit` for each pin that should exist: of the programs and links, `n` of each, in order. Errors:
 * DeviceBusy, and whatever `visit` returns.
 */
int libxdp_pins_visit(const struct libxdp_pins *libxdp_pins, size_t n, const int *program_fds,
		      const int *link_fds, pin_visit visit, void *userdata, struct error *error);

/* Creates all pins. After an error some of them may be left. */
int libxdp_pins_make(struct libxdp_pins *libxdp_pins, size_t n, const int *program_fds,
		     const int *link_fds, struct error *error);

/* Removes the pins and frees the struct. NULL is fine. */
void libxdp_pins_drop(struct libxdp_pins **libxdp_pins);

/* Frees the struct and leaves the pins. NULL is fine. */
void libxdp_pins_keep(struct libxdp_pins **libxdp_pins);

/* Removes the pins of that rootlet, whichever device they are named after. */
void libxdp_pins_remove_stale(const char *directory, uint32_t rootlet_id);
