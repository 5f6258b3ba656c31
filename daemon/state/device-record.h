#pragma once

#include "daemon/chain/chain.h"
#include "daemon/kernel/component/restore.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"
#include "daemon/state/device-config.h"

#include <jansson.h>

struct rollback;

/*
 * What is kept of a device on disk: what is wanted on it, permanently, and what runs it in the kernel, until
 * a reboot.
 */

/*
 * The newest format. 2 is 1 with what is unconfirmed, and only written with that: an older xdpd, which
 * would keep it for good, refuses it instead. So is 3 with policies and who is parked,
 * and 4 with what is suspended.
 */
#define DEVICE_RECORD_FORMAT 4

/* The copy of a record whose device was released: nothing owns what it ran. */
#define RECORD_RELEASED "null"

/* The fields that do not own what they point to, for writing. */
struct device_record_view {
	uint64_t number; /* of the device, here */
	const char *ifname;
	const char *netns; /* path of its namespace; NULL: the daemon's own */
	struct device_config config;
	uint64_t generation;
	const struct chain *chain;
	const struct rollback *rollback; /* NULL: it stays as it is */
	/* Of this boot: */
	enum bpf_attach_type attach_type;
	unsigned int ifindex;		   /* 0: the device is absent */
	const struct generation *live;	   /* NULL: none */
	const struct generation *retiring; /* NULL: none; its counters are not in the totals yet */
};

struct device_record {
	uint64_t number;
	char *ifname;
	char *netns;
	struct device_config config;
	uint64_t generation;
	struct chain chain;	   /* without the components */
	struct rollback *rollback; /* the same; its time is of the boot below */
	/* Of the boot with that id: */
	char *boot;
	int attach_type; /* -1: not in the record */
	unsigned int ifindex;
	/* One an entry, and behind them that of the policy; id 0: it was not loaded. */
	struct component_record *loaded;
	struct component_record *rollback_loaded; /* the same */
	struct generation_record *before;	  /* of what is unconfirmed */
	struct generation_record *live;
	struct generation_record *retiring;
};

/* JSON, to be freed, or NULL without memory. `boot` is the kernel's id of this boot. */
char *device_record_encode(const struct device_record_view *view, const char *boot);

/*
 * The other way; free with device_record_done(). Errors: BadState with what is wrong in it, Unsupported
 * when it was written by a newer xdpd.
 */
int device_record_decode(const json_t *json, struct device_record *ret, struct error *error);
void device_record_done(struct device_record *record);
