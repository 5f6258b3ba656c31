// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>

/* bpf(2): what it would return, or a negative errno. */
int bpf_call(int command, void *attributes, size_t size);

/*
 * Programs were loaded, so libbpf's question whether any can be loaded is answered without a call from now on.
 * Libbpf also uses the program of that question to find out what the kernel supports; it must have done so.
 */
void bpf_can_load(void);
