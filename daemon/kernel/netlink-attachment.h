// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/netns.h"
#include "daemon/kernel/xdp-mode.h"

/*
 * The part of daemon/kernel/attachment.h that differs for a netlink-owned device. Its pins have our program,
 * the index of the device, and the foreign program that was attached before.
 */

/*
 * The device (its network namespace, held; NULL: the device is gone), our program, and the foreign program
 * that was attached before; -1: none. The pins belong to the attachment.
 */
struct netlink_attachment {
	struct pins *pins;
	enum xdp_mode mode;
	struct netns *netns;
	unsigned int ifindex;
	int program_fd;
	int foreign_fd;
	/*
	 * Our program after the latest update, until attachment_commit(); only the updating thread uses it.
	 * -1: none.
	 */
	int next_fd;
};

/* Pins the device, which runs `foreign_fd`. The pins must be new. */
int netlink_attachment_take(struct netlink_attachment *netlink, int foreign_fd,
			    const char *netns_path, unsigned int ifindex, struct error *error);

/* The program that was attached before is no longer restored. */
void netlink_attachment_own(struct netlink_attachment *netlink);

/* The id of the foreign program that was attached before; 0: none. */
uint32_t netlink_attachment_foreign_id(const struct netlink_attachment *netlink);

/* Frees its contents; packets keep running the same program. */
void netlink_attachment_done(struct netlink_attachment *netlink);

/* Reads the pins, which are open. -ENOENT: they are not of a netlink-owned device. */
int netlink_attachment_restore(struct netlink_attachment *netlink, struct error *error);

/*
 * The id of the program that the device runs if that is ours or the foreign one, else 0. A negative errno:
 * it is unknown at the moment.
 */
int netlink_attachment_look(const struct netlink_attachment *netlink, uint32_t *ret_program_id);

/* attachment_update() for a netlink-owned device. Errors name the device. */
int netlink_attachment_update(struct netlink_attachment *netlink, int program_fd,
			      const char *ifname, struct error *error);

/* attachment_each_pin() for a netlink-owned device. */
int netlink_attachment_each_pin(const struct netlink_attachment *netlink, pin_visit visit,
				void *userdata);

/* Attaches the foreign program again, or detaches ours if there is none. */
void netlink_attachment_detach(struct netlink_attachment *netlink);
