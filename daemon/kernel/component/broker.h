// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/component/entry-wrapper.h"
#include "daemon/kernel/component/extension-target.h"
#include "daemon/kernel/component/program-code.h"
#include "object/verifier-log.h"
#include "sandbox/parcel.h"

#include <stdbool.h>

/*
 * Creates kernel objects for the parser, which has no rights itself, and may be controlled by the hostile
 * object that it reads. The broker checks each field of each call: sizes are bounded, a handle must be of an
 * item that this conversation created or was offered, and programs get the type, the flags and the device
 * that the daemon chose, whatever the parser asks for. So all that an object can get is maps of its own, and
 * programs that the verifier accepts.
 */
struct broker {
	/* How programs are loaded. */
	const struct extension_target *target; /* NULL: as XDP programs */
	/* Of a wrapper in front of the program; NULL: it needs no wrapper. */
	const struct arguments *arguments;
	enum bpf_attach_type attach_type;
	uint32_t flags;
	unsigned int bound_to;
	bool is_trial; /* the chosen program is recorded, but not loaded */

	/* Of the chosen program; its maps are named by descriptors of `items`. */
	struct program_code code;
	struct verifier_work work;
	bool uses_others; /* an instruction uses a descriptor that is not one of these maps */

	size_t n_calls;
	size_t n_attempts; /* how often the parser tried to load the chosen program */
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

/* Closes the descriptors of all items, and frees the contents. */
void broker_done(struct broker *broker);
