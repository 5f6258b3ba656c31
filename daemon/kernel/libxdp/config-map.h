// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The dispatcher's name in the kernel, by which libxdp recognises it. */
#define LIBXDP_DISPATCHER_NAME "xdp_dispatcher"

#define LIBXDP_CONFIG_PROGRAMS 10
#define LIBXDP_CONFIG_SIZE     124 /* of version 2, which we write */

/*
 * What a dispatcher of libxdp runs, in order, as its only map describes it. libxdp 1.0 to 1.2 write version
 * 1, 1.3 to 1.5 version 2, and 1.6 version 3 (xdp-tools, headers/xdp/prog_dispatcher.h).
 */
struct libxdp_config {
	unsigned int version;
	bool frags;	   /* the dispatcher accepts multi-buffer packets */
	bool device_bound; /* it was loaded for one device */
	size_t n_programs;
	struct {
		verdict_set proceed;
		uint32_t priority;
		uint32_t flags; /* load flags: BPF_F_XDP_HAS_FRAGS and others */
	} programs[LIBXDP_CONFIG_PROGRAMS];
};

/*
 * Parses the value of the map. Version 1 does not contain its version, so `declared` is the version in the
 * dispatcher's BTF, or 0. Errors: Unsupported, with what is wrong. Makes no system call.
 */
int libxdp_config_parse(const void *bytes, size_t size, unsigned int declared,
			struct libxdp_config *ret, struct error *error);

/*
 * Writes the config as version 2, whatever `config->version` is: all releases of libxdp from 1.3 on can read
 * it. Makes no system call.
 */
void libxdp_config_format(const struct libxdp_config *config,
			  uint8_t ret[static LIBXDP_CONFIG_SIZE]);

/*
 * Adds a map with the config to a loaded program, which must not use any map. With libxdp's name the program
 * is then built like a dispatcher of libxdp. The caller keeps the fd.
 */
int libxdp_config_write(const struct libxdp_config *config, int program_fd, struct error *error);

/*
 * Reads the config of a loaded program. The caller keeps the fd. Errors: -ENOENT if the program is not built
 * like a dispatcher of libxdp; else as above.
 *
 * With a single program libxdp replaces the dispatcher's main function instead of the first placeholder,
 * which the config does not show. A program that libxdp attached without a dispatcher
 * (LIBXDP_SKIP_DISPATCHER, kernels without extensions) has no config and cannot be told from other programs.
 */
int libxdp_config_read(int program_fd, struct libxdp_config *ret, struct error *error);
