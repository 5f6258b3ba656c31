#pragma once

#include "base/error.h"
#include "bpf/counter-rows.h"
#include "daemon/kernel/component/program-code.h"

#include <stdint.h>

/* The compiled placeholders of bpf/dispatcher.bpf.c, loaded as one program. */
struct placeholders {
	int program_fd; /* to verify extensions against */
	int btf_fd;
	uint32_t main_id; /* BTF ids of the main function, and of slot_0(), slot_1(), ... */
	uint32_t slot_ids[ROOTLET_SLOTS];
	uint32_t account_id;
	struct program_code code;
};

/*
 * Extensions verified against it link into programs of that attach type. Free with
 * placeholders_done().
 */
int placeholders_load(enum bpf_attach_type attach_type, struct placeholders *ret,
		      struct error *error);
void placeholders_done(struct placeholders *placeholders);

/* The instructions of the placeholder with that BTF id, in `code`; `*ret_length` of them. */
const struct bpf_insn *placeholders_find(const struct placeholders *placeholders, uint32_t id,
					 size_t *ret_length);

/*
 * Loads the smallest extension there is against a rootlet, and links it. 0, or a sentence about
 * what the kernel did not do.
 */
int placeholders_try_extension(struct error *error);
