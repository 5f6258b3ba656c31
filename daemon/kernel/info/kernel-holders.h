#pragma once

#include "daemon/kernel/info/holders.h"

/*
 * Shows which programs in the kernel use which maps, and which links run, or are linked into, which
 * programs, whosever they are. It takes about a microsecond each; what is beyond some ten thousand is
 * left out. No map is opened.
 */
void kernel_holders_each(holder_visit visit, void *userdata);
