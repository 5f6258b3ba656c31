// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "broker/broker.h"

/*
 * Checks a program whose author may not read memory of the kernel. The kernel verifies it with the rights of this
 * process, which may, so this refuses the ways to that memory which the kernel gives only to loaders with CAP_PERFMON.
 *
 * The instructions are final, but for the maps in them, which are named by handles of the broker. Every helper, kind of
 * map and kernel function must be in a list of those that are harmless; variables of the kernel are refused, and also
 * programs that use the address of a map for anything but calls (broker/map-addresses.h). Errors: NoPermission, whose
 * message is a clause without a subject, such as "calls helper bpf_probe_read_kernel"; OutOfMemory.
 */
int program_check(const struct broker *broker, const struct bpf_insn *instructions,
		  size_t n_instructions, struct error *error);
