#pragma once

#include "base/error.h"

#include <linux/types.h>
#include <stdbool.h>

/*
 * Programs that are bound to one device (Linux 6.3, Documentation/networking/xdp-rx-metadata.rst): the
 * calls of RX metadata kfuncs in them become calls of the device's driver. A program that is not bound
 * may not call them; one that is runs on its device alone, and in native mode. The kernel sees to both
 * when a program is attached (dev_xdp_attach()), but not when that of a link is updated
 * (bpf_xdp_link_update()): then it is ours to see to, or the driver is asked about what is no packet of
 * its own. When the device goes, the binding does.
 */

/* Of a program for packets in several buffers, or bound to a device. */
__u32 device_bound_flags(bool frags, unsigned int bound_to);

/*
 * Says why the kernel, for a reason that it did not put into words, loaded no program that was to be
 * bound to that device; `subject` is what was to be bound. false: it knows no better than the errno.
 */
bool device_bound_explain(int failure, const char *subject, unsigned int bound_to,
			  struct error *error);
