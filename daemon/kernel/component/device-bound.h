// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <linux/types.h>
#include <stdbool.h>

/*
 * Programs that are bound to one device (Linux 6.3, Documentation/networking/xdp-rx-metadata.rst): their
 * calls of RX metadata kfuncs become calls of the device's driver. A program that is not bound may not call
 * these kfuncs; a bound program runs only on its device, and only in native mode. The kernel checks both
 * when a program is attached (dev_xdp_attach()), but not when the program of a link is updated
 * (bpf_xdp_link_update()). There the daemon must check, or a driver would be asked about packets of another
 * device. The binding ends with the device.
 */

/* The load flags of a program for multi-buffer packets, or bound to a device. */
__u32 device_bound_flags(bool frags, unsigned int bound_to);

/*
 * Sets an error that says why the kernel did not load a program that should be bound to that device;
 * `subject` names the program. false: there is no better explanation than the errno.
 */
bool device_bound_explain(int failure, const char *subject, unsigned int bound_to,
			  struct error *error);
