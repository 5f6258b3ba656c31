#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BPFFS_MOUNTS_MAX     16
#define HOLDER_PROCESSES_MAX 4

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

/* A holder that keeps a BPF object. */
struct holder {
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
 * Shows every holder there is, so far as is looked, but for what is pinned in these directories, wherever they
 * are mounted (NULL: none).
 */
struct pin_directories;
typedef void (*holder_visit)(void *userdata, const struct holder *holder);
void holders_each(const struct pin_directories *own, holder_visit visit, void *userdata);

struct holders {
	char program_pin[PATH_MAX]; /* "": not found */
	char link_pin[PATH_MAX];
	size_t n_processes; /* other processes; those past HOLDER_PROCESSES_MAX are only counted */
	struct {
		pid_t pid;
		char name[16];
	} processes[HOLDER_PROCESSES_MAX];
};

/* Looks for a program and a link by id; 0 for no link. */
void holders_find(uint32_t program_id, uint32_t link_id, struct holders *ret);
