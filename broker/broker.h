// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "object/verifier-log.h"
#include "sandbox/calls.h"
#include "sandbox/conversation.h"
#include "sandbox/parcel.h"

#include <linux/bpf.h>
#include <stdbool.h>

struct bpf_prog_load_opts;
struct broker;

#define BROKER_MODULES_MAX 256 /* the kernel's MAX_KFUNC_BTFS */

/* A program as the parser describes it. All sizes have been checked. */
struct described_program {
	struct call_prog_load head;
	const char *license;
	size_t n_instructions;
	struct bpf_insn *instructions; /* with descriptors in place of handles */
	size_t n_functions;
	const void *functions;
	size_t n_lines;
	const void *lines;
	int btf_fd; /* 0: it has none */
	size_t n_modules;
	int modules[BROKER_MODULES_MAX];
};

/* Loads the program, and returns its descriptor or -errno. It may change the options. */
typedef int (*broker_loader)(struct broker *broker, const struct described_program *program,
			     struct bpf_prog_load_opts *options);

/*
 * Creates kernel objects for the parser, which has no rights itself, and may be controlled by the hostile
 * object that it reads. The broker checks each field of each call: sizes are bounded, a handle must be of an
 * item that this conversation created or was offered, and programs get the type, the flags and the device
 * that the user of the broker chose, whatever the parser asks for. So all that an object can get is maps of
 * its own, and programs that the verifier accepts.
 */
struct broker {
	/* How programs are loaded. */
	enum bpf_attach_type attach_type;
	uint32_t flags;
	uint32_t other_flags; /* which the parser may choose for each program */
	unsigned int bound_to;
	bool is_trial; /* only programs that probe the kernel are loaded */
	/* The author of the object may not read memory of the kernel (broker/program-check.h). */
	bool is_restricted;
	/* Loads the program to attach instead of the broker; NULL: it is loaded like the others. */
	broker_loader load_chosen;
	/* A file that the parser may read besides those that describe the kernel; NULL: none. */
	const char *file;

	struct verifier_work work; /* for the chosen program */
	struct error refusal;	   /* what a restricted author may not do, a clause; or empty */
	bool uses_others; /* an instruction uses a descriptor that is not one of the maps in `items` */

	size_t n_calls;
	size_t n_items;
	struct brokered {
		enum brokered_kind { BROKERED_BTF, BROKERED_MAP, BROKERED_PROGRAM } kind;
		int fd;
		uint32_t type; /* type and sizes of a map */
		uint32_t key_size;
		uint32_t value_size;
	} * items; /* an item has the index of its handle minus one */
	size_t log_size;
	char *log;
};

/* Gives the parser a map; the broker duplicates the descriptor. Returns the handle, or -errno. */
int broker_offer_map(struct broker *broker, int fd);

/* The item with that handle; NULL: no item of that kind has it. */
struct brokered *broker_find(const struct broker *broker, uint32_t handle, enum brokered_kind kind);

/* Is the message a call? */
bool broker_is_call(const struct parcel *message);

/*
 * Executes the call, and sends the reply over the socket. -errno: the reply could not be sent; -EPROTO: the
 * call breaks the protocol.
 */
int broker_answer(struct broker *broker, int socket, struct parcel *call);

/*
 * Executes calls of the parser until it sends something else, of at most `size_max` bytes, into `ret`. Errors:
 * those of conversation_receive(), and the parser's own, which ANSWER_MESSAGE_ERROR carries.
 */
int broker_receive(struct broker *broker, struct conversation *conversation, size_t size_max,
		   struct parcel *ret, struct error *error);

/* Closes the descriptors of all items, and frees the contents. */
void broker_done(struct broker *broker);
