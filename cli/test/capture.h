// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * Reads a capture (pcap or pcapng; "-": standard input) and sets `*ret` to a file of its packets in the form
 * that Test accepts; the caller owns it. EXIT_REFUSED, with a message on stderr, if the capture is damaged,
 * empty, not of Ethernet, or larger than Test accepts.
 */
enum exit_status capture_read(const char *path, int *ret);
