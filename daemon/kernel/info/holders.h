// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BPFFS_MOUNTS_MAX     16
#define HOLDER_PROCESSES_MAX 4

/*
 * What holds the kernel's BPF objects: pins in bpffs and descriptors of processes. The search covers what
 * this process may read, and is bounded so that it does not take long.
 */
struct bpffs_mounts {
	size_t n;
	char paths[BPFFS_MOUNTS_MAX][PATH_MAX];
};

/* The kernel's ids of an object, 0 for none; a link also has the id of its program. */
struct bpf_ids {
	uint32_t program, map, link;
};

/* Something that keeps a BPF object alive. */
struct holder {
	enum holder_kind {
		HOLDER_PIN,	/* `name` is the path */
		HOLDER_PROCESS, /* a process, other than this one, with a descriptor */
		HOLDER_PROGRAM, /* it uses a map */
		HOLDER_LINK,	/* it runs a program, or is linked into one */
		HOLDER_COUNT
	} kind;
	const char *name; /* valid during the call */
	uint32_t number;  /* the process id, or the kernel's id of the program or link */
	struct bpf_ids held;
};

/* Finds the bpffs mounts that this process sees. */
void bpffs_mounts_read(struct bpffs_mounts *ret);

/*
 * Visits all holders within the bounds of the search, except pins in these directories, wherever they are
 * mounted (NULL: no exception).
 */
struct pin_directories;
typedef void (*holder_visit)(void *userdata, const struct holder *holder);
void holders_each(const struct pin_directories *own, holder_visit visit, void *userdata);

struct holders {
	char program_pin[PATH_MAX]; /* "": not found */
	char link_pin[PATH_MAX];
	size_t n_processes; /* other processes; the ones after HOLDER_PROCESSES_MAX are only counted */
	struct {
		pid_t pid;
		char name[16];
	} processes[HOLDER_PROCESSES_MAX];
};

/* Finds what holds the program and the link with these ids; 0: no link. */
void holders_find(uint32_t program_id, uint32_t link_id, struct holders *ret);
