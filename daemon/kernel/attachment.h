#pragma once

#include "base/error.h"
#include "daemon/kernel/mode.h"
#include "daemon/kernel/pins.h"

#include <stdbool.h>
#include <stdint.h>

/* What to tell a user about a device that fell back. */
#define ATTACHMENT_FELL_BACK "the driver has no native XDP, so the device runs in skb mode"

/* A device's XDP link: what makes the device ours. */
struct attachment {
	int fd;
	uint32_t id;
	enum mode mode; /* MODE_NATIVE or MODE_SKB */
	bool fell_back; /* to skb, since the driver has no native XDP */
	struct pins *pins;
};

/*
 * Attaches the program to the device and pins the link in the directory `parent`/`name`, which it
 * makes. With MODE_UNSET it falls back from native to skb, only where the driver has no native XDP;
 * `(*ret)->mode` says what became of it. Errors: DeviceBusy names the program that sits there.
 */
int attachment_new(int program_fd, unsigned int ifindex, const char *ifname, enum mode mode,
		   const char *parent, const char *name, struct attachment **ret,
		   struct error *error);

/*
 * Takes over the link that an earlier process left pinned there; `mode` is what was asked for then.
 * -ENOENT: there is none.
 */
int attachment_adopt(const char *parent, const char *name, enum mode mode, struct attachment **ret,
		     struct error *error);

/* The same with a link whose pin is gone, and is made anew; takes `fd`, also on failure. */
int attachment_adopt_fd(int fd, const char *parent, const char *name, enum mode mode,
			struct attachment **ret, struct error *error);

/* Where the link is, 0 when its device is gone; and the id of the program that it runs. */
int attachment_look(struct attachment *attachment, unsigned int *ret_ifindex,
		    uint32_t *ret_program_id, struct error *error);

/*
 * Lets packets run `program_fd` from now on, and only if they ran `old_program_fd` so far, unless
 * that is negative. One atomic step: each packet sees the one or the other.
 */
int attachment_update(struct attachment *attachment, int program_fd, int old_program_fd,
		      const char *ifname, struct error *error);

/* Gives the device up: no packet runs our program any more. NULL is fine. */
void attachment_drop(struct attachment **attachment);

/* Frees the struct only; the pin keeps the link and the packets flowing. */
void attachment_keep(struct attachment **attachment);
