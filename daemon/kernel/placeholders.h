#pragma once

#include "base/error.h"
#include "bpf/counter-rows.h"
#include "daemon/kernel/component/program-code.h"

#include <stdint.h>

/* The compiled placeholders of bpf/dispatcher.bpf.c, loaded as one program. */
struct dispatcher {
	int program_fd; /* to verify extensions against */
	int btf_fd;
	uint32_t main_id; /* BTF ids of the main function, and of slot_0(), slot_1(), ... */
	uint32_t slot_ids[ROOTLET_SLOTS];
	uint32_t account_id;
	struct code code;
};

/*
 * Extensions verified against it link into programs of that attach type. Free with
 * dispatcher_done().
 */
int dispatcher_load(enum bpf_attach_type attach_type, struct dispatcher *ret, struct error *error);
void dispatcher_done(struct dispatcher *dispatcher);

/* The instructions of the placeholder with that BTF id, in `code`; `*ret_length` of them. */
const struct bpf_insn *dispatcher_placeholder(const struct dispatcher *dispatcher, uint32_t id,
					      size_t *ret_length);

/*
 * Loads the smallest extension there is against a rootlet, and links it. 0, or a sentence about
 * what the kernel did not do.
 */
int dispatcher_try_extension(struct error *error);
