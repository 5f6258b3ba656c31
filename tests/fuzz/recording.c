// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The file of a recorder, which is saved as a capture. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/record/ring-reader.h"
#include "cli/record/save.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A ring of one segment with these entries. */
static void write_ring(int fd, const uint8_t *entries, size_t size)
{
	const struct ring_header header = { .magic = RING_MAGIC,
					    .version = RING_VERSION,
					    .n_segments = 1,
					    .segment_bytes = RING_SEGMENT_MIN,
					    .phase = RING_RECORDING,
					    .device = "eth0" };
	const struct ring_segment segment = { .number = 1, .used = size };

	if (ftruncate(fd, RING_HEADER_SIZE + RING_SEGMENT_MIN) < 0 ||
	    pwrite(fd, &header, sizeof(header), 0) < 0 ||
	    pwrite(fd, &segment, sizeof(segment), RING_HEADER_SIZE) < 0 ||
	    pwrite(fd, entries, size, RING_HEADER_SIZE + sizeof(segment)) < 0)
		abort();
}

/* The first byte decides whether the rest are entries or the beginning of the file. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cleanup(closep) int fd = memfd_create("ring", MFD_CLOEXEC);
	struct recording recording = { .path = (char *)"ring", .fd = fd };
	bool is_file = size > 0 && bytes[0] & 1;
	json_t *reply = NULL;

	write_ring(fd, bytes, 0);
	if (size > 0 && is_file && pwrite(fd, bytes + 1, size - 1, 0) < 0)
		abort();
	if (size > 0 && !is_file)
		write_ring(fd, bytes + 1, size - 1);
	if (ring_read_header(fd, "ring", &recording.header, NULL) == 0 &&
	    recording_save(&recording, "/dev/null", 0, &reply, NULL) < 0)
		abort();
	json_decref(reply);
	return 0;
}
