#pragma once

#include "daemon/kernel/bpffs/pins.h"

#include <stdint.h>

/*
 * What libxdp's tools look for beside a rootlet that is built like libxdp's dispatcher: a directory
 * named after the device and the rootlet, and in it prog0-prog, prog0-link, prog1-prog and so on,
 * without a hole. They find nothing in it out about others (xdp-tools, lib/libxdp/libxdp.c,
 * xdp_multiprog__link_pinned_progs()). All of it is done with libxdp's lock.
 */
struct libxdp_pins;

/* In `directory`, libxdp's; nothing is looked at there, or made. */
int libxdp_pins_new(const char *directory, unsigned int ifindex, uint32_t rootlet_id,
		    struct libxdp_pins **ret, struct error *error);

/*
 * Calls `visit` for each pin that should be there: of the programs and links, `n` of each, in order.
 * Errors: DeviceBusy, and whatever `visit` returns.
 */
int libxdp_pins_visit(const struct libxdp_pins *libxdp_pins, size_t n, const int *program_fds,
		      const int *link_fds, pin_visit visit, void *userdata, struct error *error);

/* Makes all of them. Errors leave some. */
int libxdp_pins_make(struct libxdp_pins *libxdp_pins, size_t n, const int *program_fds,
		     const int *link_fds, struct error *error);

/* Takes all of it away, and the struct. NULL is fine. */
void libxdp_pins_drop(struct libxdp_pins **libxdp_pins);

/* Leaves the pins where they are. NULL is fine. */
void libxdp_pins_keep(struct libxdp_pins **libxdp_pins);

/* Takes away what is there for that rootlet, on whatever device. */
void libxdp_pins_remove_stale(const char *directory, uint32_t rootlet_id);
