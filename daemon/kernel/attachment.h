#pragma once

#include "base/error.h"
#include "daemon/kernel/attach-refusal.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/netlink-attachment.h"
#include "daemon/kernel/netns.h"
#include "daemon/kernel/xdp-mode.h"

#include <stdbool.h>
#include <stdint.h>

/* What to tell a user about a device that fell back. */
#define ATTACHMENT_FELL_BACK "the driver has no native XDP, so the device runs in skb mode"

/*
 * What makes a device ours: an XDP link or, where we took over what somebody else had attached by
 * netlink, just that it runs our program. The kernel puts no link where a netlink program is, and
 * without it there would be a gap for packets; so such a device stays netlink-owned.
 */
struct attachment {
	int fd;		    /* of the link; -1: netlink-owned */
	uint32_t id;	    /* of the link */
	enum xdp_mode mode; /* MODE_NATIVE or MODE_SKB */
	bool fell_back;	    /* to skb, since the driver has no native XDP */
	struct pins *pins;
	struct netlink_attachment netlink; /* of a device that is netlink-owned */
};

/* What is attached to which device. */
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
 * Attaches the program to the device and pins the link. With MODE_UNSET it falls back from native to
 * skb, only where the driver has no native XDP; `(*ret)->mode` says what became of it. Errors:
 * DeviceBusy names the program that is in the way, which `*ret_blocker` describes as well.
 */
int attachment_new(const struct attachment_request *request, struct attachment **ret,
		   struct attach_blocker *ret_blocker, struct error *error);

/*
 * The attachment of a device that runs the program `foreign_fd`, attached by netlink, which stays
 * there until the first attachment_update(); `netns_path` is NULL for our own namespace. From then on the device is ours; but until
 * attachment_own() was called, attachment_drop() puts the foreign program back.
 */
int attachment_take(int foreign_fd, const char *netns_path, unsigned int ifindex,
		    enum xdp_mode mode, const char *parent, const char *name,
		    struct attachment **ret, struct error *error);

/* Shows what says to a later process that the device is ours. */
int attachment_each_pin(const struct attachment *attachment, pin_visit visit, void *userdata);

/* What was there before is not put back any more. */
void attachment_own(struct attachment *attachment);

/* The id of what was there before, 0 for nothing or after attachment_own(). */
uint32_t attachment_foreign_id(const struct attachment *attachment);

/*
 * Takes over what an earlier process left pinned there; `mode` is what was asked for then.
 * -ENOENT: there is nothing.
 */
int attachment_restore(const char *parent, const char *name, enum xdp_mode mode,
		       struct attachment **ret, struct error *error);

/*
 * Where it is, 0 when its device is gone, or is netlink-owned and runs the program of somebody else;
 * and the id of the program that the device runs.
 */
int attachment_look(const struct attachment *attachment, unsigned int *ret_ifindex,
		    uint32_t *ret_program_id, struct error *error);

/*
 * Lets packets run `program_fd` from now on, and only if they ran `old_program_fd` so far, unless
 * that is negative; where the device is netlink-owned, only if they ran what we know of. One atomic
 * step: each packet sees the one or the other.
 */
int attachment_update(struct attachment *attachment, int program_fd, int old_program_fd,
		      const char *ifname, struct error *error);

/*
 * What the latest attachment_update() put there is from now on what attachment_look() compares with. The
 * update itself leaves that as it was, because another thread may be looking.
 */
void attachment_commit(struct attachment *attachment);

/* Gives the device up: no packet runs our program any more. NULL is fine. */
void attachment_drop(struct attachment **attachment);

/* Frees the struct only; the pin keeps the link and the packets flowing. */
void attachment_keep(struct attachment **attachment);
