#pragma once

#include "base/error.h"
#include "base/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Its name in the kernel, by which libxdp knows it. */
#define DISPATCHER_NAME "xdp_dispatcher"

#define DISPATCHER_RECORD_PROGRAMS 10
#define DISPATCHER_RECORD_SIZE	   124 /* of version 2, which we write */

/*
 * What libxdp's dispatcher runs, in order, as it is written in its only map. Version 1 is that of
 * libxdp 1.0 to 1.2, version 2 that of 1.3 to 1.5, version 3 that of 1.6 (xdp-tools,
 * headers/xdp/prog_dispatcher.h).
 */
struct dispatcher_record {
	unsigned int version;
	bool frags;	   /* the dispatcher takes packets in several buffers */
	bool device_bound; /* it was loaded for one device */
	size_t n_programs;
	struct {
		verdict_set proceed;
		uint32_t priority;
		uint32_t flags; /* of loading: BPF_F_XDP_HAS_FRAGS and the like */
	} programs[DISPATCHER_RECORD_PROGRAMS];
};

/*
 * Reads the map's value. Version 1 does not say its version; `declared` is what the dispatcher's
 * BTF says, 0 for nothing. Errors: Unsupported, with what is wrong. Makes no system call.
 */
int dispatcher_record_parse(const void *bytes, size_t size, unsigned int declared,
			    struct dispatcher_record *ret, struct error *error);

/*
 * The other way, as version 2, whatever `record->version` is: that all of libxdp from 1.3 on can read.
 * Makes no system call.
 */
void dispatcher_record_format(const struct dispatcher_record *record,
			      uint8_t ret[static DISPATCHER_RECORD_SIZE]);

/*
 * Puts the record beside a loaded program, which must use no map: it is then built like a dispatcher
 * of libxdp, if it also has the name. The fd stays the caller's.
 */
int dispatcher_record_write(const struct dispatcher_record *record, int program_fd,
			    struct error *error);

/*
 * The record of a loaded program. -ENOENT if it is not built like a dispatcher of libxdp, else as
 * above. The fd stays the caller's. With one program libxdp replaces the dispatcher's main function
 * instead of the first placeholder, which the record does not tell; a program that libxdp attached
 * without a dispatcher (LIBXDP_SKIP_DISPATCHER, kernels without extensions) is a program like any
 * other, and has no record.
 */
int dispatcher_record_read(int program_fd, struct dispatcher_record *ret, struct error *error);
