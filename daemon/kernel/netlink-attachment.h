#pragma once

#include "daemon/kernel/attachment.h"

/*
 * Of daemon/kernel/attachment.h, what is to be done differently for a netlink-owned device. Beside
 * the program that we put there, its pins say which device it is, and what was there before.
 */

/* The pins are open; -ENOENT if they are not of this kind. */
int netlink_attachment_restore(struct attachment *attachment, struct error *error);

/*
 * The id of the program that the device runs, if it is ours or that before ours; else 0. Negative errno:
 * that cannot be told just now.
 */
int netlink_attachment_look(const struct attachment *attachment, uint32_t *ret_program_id);

int netlink_attachment_update(struct attachment *attachment, int program_fd, const char *ifname,
			      struct error *error);

int netlink_attachment_each_pin(const struct attachment *attachment, pin_visit visit,
				void *userdata);

/* Puts back what was there before, or nothing. */
void netlink_attachment_detach(struct attachment *attachment);
