// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The right over the components of one owner, which the configuration grants to the members of a group, within a
 * budget.
 */
struct grant {
	char *owner;
	char *group; /* NULL: not set */
	gid_t gid;   /* of `group`; (gid_t)-1: there are no members */
	size_t n_devices;
	struct grant_device {
		char *netns; /* path of its namespace; NULL: the daemon's own */
		char *ifname;
	} * devices;
	verdict_set verdicts; /* that its components may return, beside aborted */
	/* Maxima, of all its components together; GRANT_UNLIMITED: no maximum. */
	uint64_t components;
	uint64_t map_bytes;    /* of kernel memory */
	uint64_t instructions; /* that the verifier processed */
};

#define GRANT_UNLIMITED UINT64_MAX

struct grants {
	size_t n_items;
	struct grant *items;
};

/* The grant over the components of that owner; NULL: these grants do not include it. `owner` may be NULL. */
struct grant *grants_find(const struct grants *grants, const char *owner);

/* Adds a grant over the components of the owner, without a group, devices and limits. -ENOMEM. */
int grants_add(struct grants *grants, const char *owner, struct grant **ret, struct error *error);

/* Adds a device to the grant. -ENOMEM. */
int grant_add_device(struct grant *grant, const char *netns, const char *ifname,
		     struct error *error);

/* Removes all devices from the grant. */
void grant_clear_devices(struct grant *grant);

/* Is it about that device? */
bool grant_has_device(const struct grant *grant, const char *netns, const char *ifname);

/* Adds a copy of the grant. -ENOMEM. */
int grants_append(struct grants *grants, const struct grant *grant, struct error *error);

/* The verdicts that components of the owner must not return. */
verdict_set grant_forbidden(const struct grant *grant);

#define GRANTS_ALL UINT64_MAX

/*
 * Adds to the sentence of the error what a client may do that has those of the grants whose bit is set in `which`: ",
 * and this client may change only components of owner 'web' (setting 'owner')". Adds nothing if it has none.
 */
void grants_explain(const struct grants *grants, uint64_t which, struct error *error);

/* "eth0, NETNS/eth1", to be freed; NULL: no memory, or no devices. */
char *grant_format_devices(const struct grant *grant);

/* Frees the contents. */
void grants_done(struct grants *grants);
