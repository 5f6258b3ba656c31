// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_NAME_MAX 128
#define PROGRAM_MAPS_MAX 64 /* the verifier's limit */

/* What the kernel reports about a loaded program, whichever process loaded it. */
struct prog_info {
	uint32_t id;
	enum bpf_prog_type type;
	/* The full name of its function; without BTF the first 15 characters. */
	char name[PROGRAM_NAME_MAX];
	uint32_t btf_id;	/* 0: it has none */
	uint32_t function_id;	/* its main function in that BTF; 0: not reported */
	uint32_t target_btf_id; /* of the program that an extension was verified against; 0: none */
	size_t n_maps;
	uint32_t map_ids[PROGRAM_MAPS_MAX];
};

/*
 * Asks the kernel. Returns 0 or a negative errno. Facts that the process has no right to read are left out.
 * The caller keeps the fd.
 */
int prog_info_read(int fd, struct prog_info *ret);

/* The same, but with the kernel's short name, so that no BTF has to be read. */
int prog_info_read_quickly(int fd, struct prog_info *ret);
