// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>

/* bpf(2): what it would return, or a negative errno. */
int bpf_call(int command, void *attributes, size_t size);
