// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A capture, read through libpcap as 'xdpctl test' reads it, and then as the daemon does. */
#define _GNU_SOURCE
#include "cli/test/capture.h"

#include "base/cleanup.h"
#include "daemon/control/packets/packets.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PACKETS 1000

static void parse(struct blob *blob)
{
	cleanup(error_done) struct error error = {};
	struct packets packets;

	if (packets_parse(blob, PACKETS, &packets, &error) == 0)
		packets_done(&packets);
	else if (!error.message)
		abort();
}

static void read_capture(const uint8_t *bytes, size_t size)
{
	cleanup(closep) int fd = memfd_create("capture", MFD_CLOEXEC), packets = -1;
	struct blob blob;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	if (capture_read(path, &packets) != EXIT_DONE)
		return;
	if (blob_read(packets, "packets", SIZE_MAX, &blob, NULL) < 0)
		abort();
	parse(&blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct blob blob = { malloc(size ?: 1), size };

	memcpy(blob.bytes, bytes, size);
	parse(&blob);
	read_capture(bytes, size);
	return 0;
}
