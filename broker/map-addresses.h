// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "broker/broker.h"

/*
 * Follows the addresses of maps through the registers of a program. A loader with CAP_PERFMON may load the fields of the
 * kernel's struct at such an address, and from there follow pointers through the memory of the kernel
 * (kernel/bpf/verifier.c, check_ptr_to_map_access()). So this refuses a program that loads from such an address, or that
 * stores one, after which it could not be followed. It takes time that grows with the number of instructions.
 *
 * The instructions are those of program_check(). `has_map_callbacks`: helpers call functions of the program with the
 * address of a map. Errors: NoPermission, also for instructions that cannot be followed; OutOfMemory.
 */
int map_addresses_check(const struct broker *broker, const struct bpf_insn *instructions,
			size_t n_instructions, bool has_map_callbacks, struct error *error);
