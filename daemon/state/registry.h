#pragma once

#include "daemon/chain/chain.h"
#include "daemon/kernel/attachment.h"
#include "daemon/kernel/netns.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"

#include <net/if.h>

struct rollback;

/* What libxdp's interoperation is called in files. */
#define INTEROP_NAME "libxdp"

/* A network device that is ours, with what is wanted on it and what runs it. */
struct device {
	uint64_t number;      /* here, for good: it names the device's record and pins */
	unsigned int ifindex; /* 0: there is no such device now, it is absent */
	char *netns_path;     /* of its network namespace; NULL: the daemon's own */
	char *match;	      /* what tells it when it comes again; NULL: its name */
	struct netns *netns;  /* held; NULL: there is none at that path now */
	char ifname[IF_NAMESIZE];
	enum xdp_mode mode;		  /* wanted */
	bool interop;			  /* libxdp's tools are to list its components */
	enum bpf_attach_type attach_type; /* of its rootlets and components */
	uint64_t generation;		  /* rises with every change */
	struct chain chain;
	struct rollback *rollback; /* what it goes back to; NULL: it stays as it is */
	/* What runs the chain; both or none. Held, and NULL while it is absent or failed. */
	struct generation *live;
	struct attachment *attachment; /* alone: it runs what an earlier daemon built */
	struct generation *retiring;   /* the one before, until its last packet has left it */
	char *failure;	 /* why nothing runs the chain though the device is there; or NULL */
	bool is_leaving; /* the transaction that lets it go is queued */
	bool is_queued;	 /* a transaction that links it waits for its turn */
	unsigned int
		link_watch_tries;  /* how often the chain was put back since somebody took it off */
	uint64_t link_watch_until; /* CLOCK_MONOTONIC in microseconds; then that counts anew */
	uint64_t fuse_at;   /* CLOCK_MONOTONIC in microseconds; 0: there is nothing to fuse */
	char *fuse_failure; /* why it could not be, one sentence; or NULL */
	char *unlisted;	    /* why libxdp's tools do not list it, though they are to; or NULL */
};

/* Frees the device: nothing of it runs or is pinned any more. NULL is fine. */
void device_drop(struct device **device);

/* Was it given up by a change that is not confirmed? Then nothing of ours is on it. */
bool device_is_released(const struct device *device);

/* The ifindex that the absent device has in the namespace that we are in; 0: it is not there. */
unsigned int device_locate(const struct device *device);

/* What every component of the device did so far, in the order of its chain; to be freed. */
int device_component_stats(const struct device *device, struct component_stats **ret,
			   struct error *error);

/*
 * Adds what the retiring generation counted to the totals of the entries that are still there, or can
 * come back, and hands the generation over to the caller, who lets it go.
 */
int device_fold(struct device *device, struct generation **ret, struct error *error);

/*
 * All devices that are ours: the absent ones first, then by namespace, the daemon's own first, and
 * ifindex. Written by the loop only, between jobs.
 */
struct registry {
	size_t n_devices;
	size_t n_reserved;
	struct device **devices;
};

void registry_done(struct registry *registry);

/* `ifindex` is not 0. NULL if there is none. */
struct device *registry_find(const struct registry *registry, const struct netns *netns,
			     unsigned int ifindex);
struct device *registry_find_absent(const struct registry *registry, const char *netns_path,
				    const char *ifname);
struct device *registry_find_named(const struct registry *registry, const char *netns_path,
				   const char *ifname);
struct device *registry_find_number(const struct registry *registry, uint64_t number);

/* Room for that many more, so that registry_add() cannot fail. */
int registry_reserve(struct registry *registry, size_t n_more, struct error *error);

/* Takes the device over; room was reserved. */
void registry_add(struct registry *registry, struct device *device);

/* Are these the same namespace, by name? NULL is the daemon's own. */
bool same_netns(const char *path, const char *other);

/* Gives the device, which is there, back to the caller. */
void registry_take(struct registry *registry, struct device *device);

/* The device comes (with its ifindex) or goes (0), and is from now on in that namespace, taken over. */
void registry_move(struct registry *registry, struct device *device, struct netns **netns,
		   unsigned int ifindex);

/* A component of that spec of some device of that attach type, but not in `other`; or NULL. */
struct component *registry_find_component(const struct registry *registry,
					  const struct component_spec *spec,
					  enum bpf_attach_type attach_type,
					  const struct chain *other);

/* The policy of that spec of some device of that attach type, if its slots are known; or NULL. */
struct component *registry_find_policy(const struct registry *registry,
				       const struct component_spec *spec,
				       enum bpf_attach_type attach_type);

/* The component with that id in the kernel, wanted or to be put back; NULL if there is none. */
struct component *registry_find_loaded(const struct registry *registry, uint32_t id);

/* How errors call an object that something is made of; NULL if nothing is. The registry's. */
const char *registry_find_label(const struct registry *registry, const char *sha256);

/* Is anything in any chain made of the object, or in one to be put back? */
bool registry_needs_object(const struct registry *registry, const char *sha256);
