// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/chain.h"
#include "daemon/kernel/component/restore.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"
#include "daemon/state/device-config.h"

#include <jansson.h>

struct rollback;

/*
 * What is kept on disk about a device: the wanted chain, which is permanent, and what runs it in the kernel,
 * which is true until a reboot.
 */

/*
 * The newest format. Format 2 adds an unconfirmed change to format 1, 3 adds policies and parked components,
 * 4 adds suspended devices, 5 adds components that end with their client's connection, and 6 adds owners. A record gets the
 * oldest format that can express it. So an older xdpd refuses a record that it would misread, for example by keeping an unconfirmed change for good.
 */
#define DEVICE_RECORD_FORMAT 6

/* The copy of a record whose device was released: nothing owns what the device runs. */
#define RECORD_RELEASED "null"

/* A device for writing. The fields do not own what they point to. */
struct device_record_view {
	uint64_t number; /* the device's number in this xdpd */
	const char *ifname;
	const char *netns; /* path of its namespace; NULL: the daemon's own */
	struct device_config config;
	uint64_t generation;
	const struct chain *chain;
	const struct rollback *rollback; /* NULL: there is no unconfirmed change */
	/* Valid until a reboot: */
	enum bpf_attach_type attach_type;
	unsigned int ifindex;	       /* 0: the device is absent */
	const struct generation *live; /* NULL: none */
	/* NULL: none; the counts of this generation are not part of the totals yet */
	const struct generation *retiring;
};

struct device_record {
	uint64_t number;
	char *ifname;
	char *netns;
	struct device_config config;
	uint64_t generation;
	struct chain chain;	   /* without the components */
	struct rollback *rollback; /* without the components, too; its time is of the boot below */
	/* Valid for the boot with that id: */
	char *boot;
	int attach_type; /* -1: not in the record */
	unsigned int ifindex;
	/* One for each entry, and then one for the policy; id 0: it was not loaded. */
	struct component_record *loaded;
	struct component_record *rollback_loaded; /* the same for `rollback` */
	struct generation_record *before;	  /* the generation before the unconfirmed change */
	struct generation_record *live;
	struct generation_record *retiring;
};

/*
 * Encodes the record as JSON, to be freed; NULL: no memory. `boot` is the kernel's id of this boot.
 */
char *device_record_encode(const struct device_record_view *view, const char *boot);

/*
 * Decodes a record; free with device_record_done(). Errors: BadState with what is wrong in it; Unsupported
 * if a newer xdpd has written it.
 */
int device_record_decode(const json_t *json, struct device_record *ret, struct error *error);
void device_record_done(struct device_record *record);
