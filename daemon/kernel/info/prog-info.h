#pragma once

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_NAME_MAX 128
#define PROGRAM_MAPS_MAX 64 /* the verifier's limit */

/* What the kernel tells about a program that is loaded already, whoever loaded it. */
struct prog_info {
	uint32_t id;
	enum bpf_prog_type type;
	char name
		[PROGRAM_NAME_MAX]; /* its function's, in full; without BTF the first 15 characters */
	uint32_t btf_id;	    /* 0: none */
	uint32_t function_id;	    /* its main function in that BTF; 0: not told */
	uint32_t target_btf_id;	    /* of an extension: what it was verified against; 0: nothing */
	size_t n_maps;
	uint32_t map_ids[PROGRAM_MAPS_MAX];
};

/*
 * Asks the kernel; 0 or a negative errno. What there is no right to know is left out. The fd stays
 * the caller's.
 */
int prog_info_read(int fd, struct prog_info *ret);

/* The same with the name as short as the kernel has it, which takes no look at types. */
int prog_info_read_quickly(int fd, struct prog_info *ret);
