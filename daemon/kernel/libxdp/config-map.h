#pragma once

#include "base/error.h"
#include "base/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Its name in the kernel, by which libxdp knows it. */
#define LIBXDP_DISPATCHER_NAME "xdp_dispatcher"

#define LIBXDP_CONFIG_PROGRAMS 10
#define LIBXDP_CONFIG_SIZE     124 /* of version 2, which we write */

/*
 * What libxdp's dispatcher runs, in order, as it is written in its only map. Version 1 is that of
 * libxdp 1.0 to 1.2, version 2 that of 1.3 to 1.5, version 3 that of 1.6 (xdp-tools,
 * headers/xdp/prog_dispatcher.h).
 */
struct libxdp_config {
	unsigned int version;
	bool frags;	   /* the dispatcher takes packets in several buffers */
	bool device_bound; /* it was loaded for one device */
	size_t n_programs;
	struct {
		verdict_set proceed;
		uint32_t priority;
		uint32_t flags; /* of loading: BPF_F_XDP_HAS_FRAGS and the like */
	} programs[LIBXDP_CONFIG_PROGRAMS];
};

/*
 * Reads the map's value. Version 1 does not say its version; `declared` is what the dispatcher's
 * BTF says, 0 for nothing. Errors: Unsupported, with what is wrong. Makes no system call.
 */
int libxdp_config_parse(const void *bytes, size_t size, unsigned int declared,
			struct libxdp_config *ret, struct error *error);

/*
 * The other way, as version 2, whatever `config->version` is: that all of libxdp from 1.3 on can read.
 * Makes no system call.
 */
void libxdp_config_format(const struct libxdp_config *config,
			  uint8_t ret[static LIBXDP_CONFIG_SIZE]);

/*
 * Puts the config beside a loaded program, which must use no map: it is then built like a dispatcher
 * of libxdp, if it also has the name. The fd stays the caller's.
 */
int libxdp_config_write(const struct libxdp_config *config, int program_fd, struct error *error);

/*
 * The config of a loaded program. -ENOENT if it is not built like a dispatcher of libxdp, else as above. The
 * fd stays the caller's. With one program libxdp replaces the dispatcher's main function instead of the first
 * placeholder, which the config does not show. A program that libxdp attached without a dispatcher
 * (LIBXDP_SKIP_DISPATCHER, kernels without extensions) is a program like any other and has no config.
 */
int libxdp_config_read(int program_fd, struct libxdp_config *ret, struct error *error);
