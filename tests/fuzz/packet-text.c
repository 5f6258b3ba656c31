// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A packet of which a part was captured, as text. */
#define _GNU_SOURCE
#include "cli/trace/packet-text.h"

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* No packet makes a longer line, so hostile ones cannot flood a terminal. */
#define LINE_MAX 400

/* The first two bytes are the packet's length on the wire. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t captured = size < 2 ? 0 : size - 2;
	size_t length = size < 2 ? 0 : (size_t)(bytes[0] << 8 | bytes[1]);
	cleanup(freep) uint8_t *packet = malloc(captured ?: 1);
	cleanup(freep) char *text = NULL;
	size_t text_size;
	FILE *file = open_memstream(&text, &text_size);

	if (captured)
		memcpy(packet, bytes + 2, captured);
	packet_text(file, packet, captured, length);
	fclose(file);
	if (text_size == 0 || text_size > LINE_MAX)
		abort();
	for (size_t i = 0; i < text_size; i++)
		if (text[i] < ' ' || text[i] > '~')
			abort();
	return 0;
}
