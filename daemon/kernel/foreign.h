// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
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
 * An XDP program that another loader has attached to a device. Fields stay empty if the daemon lacks the
 * rights to find the fact, or would have to search too much for it.
 */
struct foreign {
	uint32_t program_id;
	char name[PROGRAM_NAME_MAX]; /* "": not known */
	enum foreign_mode mode;
	enum foreign_attachment attachment;
	uint32_t link_id; /* 0: none, or not known */
	struct holders holders;

	/* The program is a dispatcher of libxdp, or is built like one. */
	bool is_dispatcher;
	struct libxdp_config config;
	bool named; /* the pins show that it is libxdp's own dispatcher, and show the names */
	char names[LIBXDP_CONFIG_PROGRAMS][PROGRAM_NAME_MAX];
};

/*
 * Finds the program that is attached to the device, and changes nothing; false: no program is attached.
 */
bool foreign_find(unsigned int ifindex, struct foreign *ret);

/*
 * Describes the program, for the middle of a sentence, for example "the XDP program 'xdp_filter' (id 7),
 * attached by a link (id 3) that is pinned at /sys/fs/bpf/x". To be freed; NULL: no memory. Makes no system
 * call.
 */
char *foreign_describe(const struct foreign *foreign);

/* Why it cannot be adopted, as the end of a sentence; NULL: it can be. */
const char *foreign_why_not_adopted(const struct foreign *foreign);
