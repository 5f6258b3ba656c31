#pragma once

#include "cli/verb.h"

/*
 * Reads a capture, pcap or pcapng, "-" for one that comes on standard input, and makes `*ret` a file of
 * its packets as Test takes them, the caller's. EXIT_REFUSED, said on stderr, for one that is damaged,
 * empty, not of Ethernet, or has more than Test takes.
 */
enum exit_status capture_read(const char *path, int *ret);
