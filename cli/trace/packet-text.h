// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>
#include <stdio.h>

/*
 * Prints what a packet is, in the words of 'tcpdump -nn': "IP 10.0.0.1.1234 > 10.0.0.2.80: Flags [S], ...".
 * `bytes` are the first `captured` of the packet's `length` bytes, from the Ethernet header on; where the rest
 * would be needed, the text ends with "[|tcp]" or the like. The bytes can be anything; the text is one
 * line of printable ASCII.
 */
void packet_text(FILE *file, const unsigned char *bytes, size_t captured, size_t length);
