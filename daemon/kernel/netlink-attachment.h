#pragma once

#include "base/error.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/netns.h"
#include "daemon/kernel/xdp-mode.h"

/*
 * Of daemon/kernel/attachment.h, what is to be done differently for a netlink-owned device. Beside
 * the program that we put there, its pins say which device it is, and what was there before.
 */

/*
 * Where it is (the namespace held; NULL: it is gone), what we put there, and what was there before; -1:
 * nothing. The pins are the attachment's.
 */
struct netlink_attachment {
	struct pins *pins;
	enum xdp_mode mode;
	struct netns *netns;
	unsigned int ifindex;
	int program_fd;
	int foreign_fd;
	/* What we put there since attachment_commit(); the updating thread's. -1: nothing. */
	int next_fd;
};

/* Pins the device, which runs `foreign_fd`; the pins are new. */
int netlink_attachment_take(struct netlink_attachment *netlink, int foreign_fd,
			    const char *netns_path, unsigned int ifindex, struct error *error);

/* The program that was attached before is no longer restored. */
void netlink_attachment_own(struct netlink_attachment *netlink);

/* The id of what was there before; 0: nothing. */
uint32_t netlink_attachment_foreign_id(const struct netlink_attachment *netlink);

/* Frees what it holds; packets run what they ran. */
void netlink_attachment_done(struct netlink_attachment *netlink);

/* The pins are open; -ENOENT if they are not of this kind. */
int netlink_attachment_restore(struct netlink_attachment *netlink, struct error *error);

/*
 * The id of the program that the device runs, if it is ours or that before ours; else 0. Negative errno:
 * that cannot be told just now.
 */
int netlink_attachment_look(const struct netlink_attachment *netlink, uint32_t *ret_program_id);

int netlink_attachment_update(struct netlink_attachment *netlink, int program_fd,
			      const char *ifname, struct error *error);

int netlink_attachment_each_pin(const struct netlink_attachment *netlink, pin_visit visit,
				void *userdata);

/* Puts back what was there before, or nothing. */
void netlink_attachment_detach(struct netlink_attachment *netlink);
