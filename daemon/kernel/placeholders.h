// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "bpf/counter-rows.h"
#include "daemon/kernel/component/program-code.h"

#include <stdint.h>

/* The compiled placeholders of bpf/dispatcher.bpf.c, loaded as one program. */
struct placeholders {
	int program_fd; /* extensions are verified against this program */
	int btf_fd;
	uint32_t main_id; /* BTF ids of the main function, and of slot_0(), slot_1(), ... */
	uint32_t slot_ids[ROOTLET_SLOTS];
	uint32_t account_id;
	struct program_code code;
};

/*
 * Loads the placeholders. Extensions that are verified against them can be linked into programs of that
 * attach type. Free with placeholders_done().
 */
int placeholders_load(enum bpf_attach_type attach_type, struct placeholders *ret,
		      struct error *error);
void placeholders_done(struct placeholders *placeholders);

/*
 * The instructions of the placeholder with that BTF id, which belong to `code`; their number is in
 * `*ret_length`.
 */
const struct bpf_insn *placeholders_find(const struct placeholders *placeholders, uint32_t id,
					 size_t *ret_length);

/*
 * Loads the smallest extension against a rootlet, and links it. Returns 0, or sets an error about what the
 * kernel refused.
 */
int placeholders_try_extension(struct error *error);
