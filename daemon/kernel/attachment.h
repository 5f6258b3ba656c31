// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/attach-refusal.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/netlink-attachment.h"
#include "daemon/kernel/netns.h"
#include "daemon/kernel/xdp-mode.h"

#include <stdbool.h>
#include <stdint.h>

/* How a user is told that a device fell back to skb mode. */
#define ATTACHMENT_FELL_BACK "the driver has no native XDP, so the device runs in skb mode"

/*
 * What makes a device ours: an XDP link or, where we took over from a program that another loader had
 * attached by netlink, only the fact that the device runs our program. The kernel does not attach a link
 * while a netlink program is attached, and detaching that program first would leave a gap for packets; so
 * such a device stays netlink-owned.
 */
struct attachment {
	int fd;		    /* of the link; -1: the device is netlink-owned */
	uint32_t id;	    /* of the link */
	enum xdp_mode mode; /* MODE_NATIVE or MODE_SKB */
	bool fell_back;	    /* to skb, because the driver has no native XDP */
	struct pins *pins;
	struct netlink_attachment netlink; /* of a netlink-owned device */
};

/* A program, and the device to attach it to. */
struct attachment_request {
	int program_fd; /* the caller's */
	unsigned int ifindex;
	const char *ifname;
	enum xdp_mode mode;
	const char
		*parent; /* the link is pinned in the directory `parent`/`name`, which is created */
	const char *name;
};

/*
 * Attaches the program to the device and pins the link. With MODE_UNSET it tries native mode, and skb mode
 * only if the driver has no native XDP; `(*ret)->mode` is the mode in use. Errors: DeviceBusy names the
 * program that is in the way, and `*ret_blocker` describes it.
 */
int attachment_new(const struct attachment_request *request, struct attachment **ret,
		   struct attach_blocker *ret_blocker, struct error *error);

/*
 * Takes over a device that runs the program `foreign_fd`, attached by netlink. `netns_path` is NULL for our
 * own namespace. The foreign program stays attached until the first attachment_update(); from then on the
 * device is ours. Until attachment_own() is called, attachment_drop() attaches the foreign program again.
 */
int attachment_take(int foreign_fd, const char *netns_path, unsigned int ifindex,
		    enum xdp_mode mode, const char *parent, const char *name,
		    struct attachment **ret, struct error *error);

/* Visits the pins that show a later process that the device is ours. */
int attachment_each_pin(const struct attachment *attachment, pin_visit visit, void *userdata);

/* From now on attachment_drop() no longer attaches the foreign program again. */
void attachment_own(struct attachment *attachment);

/*
 * The id of the foreign program that attachment_drop() would attach again; 0: none, or attachment_own() was
 * called.
 */
uint32_t attachment_foreign_id(const struct attachment *attachment);

/*
 * Takes over the attachment that an earlier process left pinned there; `mode` is the mode that was requested
 * then. -ENOENT: there is none.
 */
int attachment_restore(const char *parent, const char *name, enum xdp_mode mode,
		       struct attachment **ret, struct error *error);

/*
 * Reports the present index of the device and the id of the program that it runs. The index is 0 if the
 * device is gone, or if it is netlink-owned and runs a program that is not ours.
 */
int attachment_look(const struct attachment *attachment, unsigned int *ret_ifindex,
		    uint32_t *ret_program_id, struct error *error);

/*
 * Makes packets run `program_fd` from now on. Unless `old_program_fd` is negative, does so only if the
 * device still runs that program; a netlink-owned device must still run a program that we know of. One
 * atomic step: each packet sees either the old program or the new one.
 */
int attachment_update(struct attachment *attachment, int program_fd, int old_program_fd,
		      const char *ifname, struct error *error);

/*
 * From now on attachment_look() compares the device with the program of the latest attachment_update(). The
 * update itself does not change that, because another thread may be looking.
 */
void attachment_commit(struct attachment *attachment);

/* Detaches our program from the device and frees the struct. NULL is fine. */
void attachment_drop(struct attachment **attachment);

/* Frees only the struct; the pin keeps the link, and packets keep running the program. */
void attachment_keep(struct attachment **attachment);
