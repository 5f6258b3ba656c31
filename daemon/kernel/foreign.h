#pragma once

#include "daemon/kernel/info/holders.h"
#include "daemon/kernel/info/prog-info.h"
#include "daemon/kernel/libxdp/config-map.h"

enum foreign_mode {
	FOREIGN_NATIVE,
	FOREIGN_SKB,
	FOREIGN_HARDWARE,
};

enum foreign_attachment {
	FOREIGN_ATTACHED_UNKNOWN,
	FOREIGN_ATTACHED_NETLINK, /* as by 'ip link set dev NAME xdp' */
	FOREIGN_ATTACHED_LINK,
};

/*
 * An XDP program that somebody else has put on a device. What could not be found out, for want of
 * rights or since it is too much to look through, is left out.
 */
struct foreign {
	uint32_t program_id;
	char name[PROGRAM_NAME_MAX]; /* "": not known */
	enum foreign_mode mode;
	enum foreign_attachment attachment;
	uint32_t link_id; /* 0: none, or not known */
	struct holders holders;

	/* Where it is a dispatcher of libxdp's, or built like one. */
	bool is_dispatcher;
	struct libxdp_config config;
	bool named; /* it is libxdp's: its pins are there, and tell the names */
	char names[LIBXDP_CONFIG_PROGRAMS][PROGRAM_NAME_MAX];
};

/* Changes nothing; false if nobody is there. */
bool foreign_find(unsigned int ifindex, struct foreign *ret);

/*
 * "the XDP program 'xdp_filter' (id 7), attached by a link (id 3) that is pinned at /sys/fs/bpf/x":
 * the middle of a sentence, to be freed; NULL: no memory. Makes no system call.
 */
char *foreign_describe(const struct foreign *foreign);

/* Why it cannot be taken over, the rest of a sentence; NULL: it can be. */
const char *foreign_why_not_adopted(const struct foreign *foreign);
