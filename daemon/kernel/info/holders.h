#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BPFFS_MOUNTS_MAX 16
#define HOLDERS_MAX	 4

/*
 * Where the kernel's BPF objects are held: names in bpffs, descriptors of processes. All of it as
 * far as this process may look, and only so far that it takes no long time.
 */
struct bpffs_mounts {
	size_t n;
	char paths[BPFFS_MOUNTS_MAX][PATH_MAX];
};

/* The ids in the kernel that something stands for, 0 for none; a link has that of its program, too. */
struct bpf_ids {
	uint32_t program, map, link;
};

/* That somebody keeps a BPF object. */
struct holding {
	enum holder_kind {
		HOLDER_PIN,	/* `name` is the path */
		HOLDER_PROCESS, /* with a descriptor; not this one */
		HOLDER_PROGRAM, /* it uses a map */
		HOLDER_LINK,	/* it runs a program, or is linked into one */
		HOLDER_COUNT
	} kind;
	const char *name; /* for the time of the call */
	uint32_t number;  /* of the process, or the kernel's id */
	struct bpf_ids held;
};

/* The bpffs that this process sees. */
void bpffs_mounts_read(struct bpffs_mounts *ret);

/*
 * Shows every holding there is, so far as is looked, but for what is pinned in the directories of these
 * places, wherever they are mounted (NULL: no places).
 */
struct pin_places;
typedef void (*holding_visit)(void *userdata, const struct holding *holding);
void whereabouts_each(const struct pin_places *own, holding_visit visit, void *userdata);

struct whereabouts {
	char program_pin[PATH_MAX]; /* "": not found */
	char link_pin[PATH_MAX];
	size_t n_holders; /* other processes; those past HOLDERS_MAX are only counted */
	struct {
		pid_t pid;
		char name[16];
	} holders[HOLDERS_MAX];
};

/* Looks for a program and a link by id; 0 for no link. */
void whereabouts_find(uint32_t program_id, uint32_t link_id, struct whereabouts *ret);
