// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/info/holders.h"

/*
 * Visits all programs that use maps, and all links that run programs or are linked into them, whichever
 * process owns them. It takes about a microsecond each, and stops after some ten thousand. It opens no map.
 */
void kernel_holders_each(holder_visit visit, void *userdata);
