#pragma once

#include "base/error.h"
#include "daemon/kernel/component/entry-wrapper.h"
#include "daemon/kernel/component/extension-target.h"
#include "daemon/kernel/component/program-code.h"
#include "object/verifier-log.h"
#include "sandbox/parcel.h"

#include <stdbool.h>

/*
 * Makes the kernel's objects for the parser, which has no rights, and may have been taken over by the object that it
 * reads. Each call is checked field by field: sizes are bounded, a handle is of what this conversation made or
 * was offered, programs have the type, the flags and the device that the daemon decided on, whatever the parser says. So
 * all that an object can get is maps of its own, and programs that the verifier accepts.
 */
struct broker {
	/* How programs are loaded. */
	const struct extension_target *target; /* NULL: as XDP programs */
	const struct arguments *arguments;     /* of a wrapper in front; NULL: none */
	enum bpf_attach_type attach_type;
	uint32_t flags;
	unsigned int bound_to;
	bool is_trial; /* the chosen program is recorded, and not loaded */

	struct program_code
		code; /* of the chosen program; its maps are by descriptors of `items` */
	struct verifier_work work;
	bool uses_others; /* an instruction names a descriptor that is not of its maps */

	size_t n_calls;
	size_t n_attempts; /* to load the chosen program */
	size_t n_items;
	struct brokered {
		enum brokered_kind { BROKERED_BTF, BROKERED_MAP, BROKERED_PROGRAM } kind;
		int fd;
		uint32_t type; /* of a map, and its sizes */
		uint32_t key_size;
		uint32_t value_size;
	} * items; /* by handle minus one */
	char *log;
};

/* Gives the parser a map, of which the broker has a descriptor of its own. The handle, or -errno. */
int broker_offer_map(struct broker *broker, int fd);

/* What has that handle; NULL: nothing of that kind. */
struct brokered *broker_find(const struct broker *broker, uint32_t handle, enum brokered_kind kind);

/* Is the message a call? */
bool broker_is_call(const struct parcel *message);

/* Makes the call, and replies over the socket. -errno: the reply could not be sent; -EPROTO: the call breaks the rules. */
int broker_answer(struct broker *broker, int socket, struct parcel *call);

void broker_done(struct broker *broker);
