// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/trace/pcapng.h"
#include "cli/trace/sighting.h"

/* The file of --write. It has an interface for each device and place in its chain, such as "eth0:fw@leave". */
struct capture_file {
	struct pcapng pcapng;
	const char *expression; /* not owned; NULL: none */
	uint32_t snaplen;
	size_t n_interfaces;
	struct capture_interface *interfaces;
	uint64_t n_lost_before; /* what rings.n_lost was at the latest packet */
	char *remark;		/* on the next packet; NULL: none */
};

/* `comment` is about the whole file; NULL: none. */
void capture_file_init(struct capture_file *ret, FILE *file, const char *expression,
		       uint32_t snaplen, const char *comment);

/* The next packet gets this as a further comment. */
void capture_file_remark(struct capture_file *capture, const char *remark);

/* `n_lost`: how many records were lost so far. */
void capture_file_add(struct capture_file *capture, const struct sighting *sighting,
		      uint64_t n_lost);

/*
 * Writes how many packets each interface had, and how many records were lost; then frees everything. A file without
 * packets gets an interface for the end of the device's chain, because libpcap refuses files without interfaces.
 */
void capture_file_end(struct capture_file *capture, const char *device, uint64_t time,
		      uint64_t n_lost);
