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

/* The bpffs that this process sees. */
void bpffs_mounts_read(struct bpffs_mounts *ret);

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
