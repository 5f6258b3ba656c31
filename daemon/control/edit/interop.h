#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/transaction.h"

/*
 * For devices whose components libxdp's tools should list. The components must then be extensions of a
 * rootlet that is built like libxdp's dispatcher, so none of them is fused.
 */

/* Whose tools should list what a device runs. */
enum interop {
	INTEROP_UNSET, /* unchanged; of a new device, none */
	INTEROP_NONE,
	INTEROP_LIBXDP,
};

/* Makes what a change asks for the target's, unless it asks for nothing. */
void interop_choose(struct target *target, enum interop interop);

/*
 * Whether libxdp's tools can list what is wanted on the target. If this change asks for it (`asked`),
 * everything must be right; later, only what a change is about to alter. Unsupported, ChainFull or
 * InvalidArgument, with a sentence.
 */
int interop_check(const struct manager *manager, const struct target *target, bool asked,
		  struct error *error);

/* Whether anything but the chain prevents it. Unsupported. */
int interop_check_place(const struct manager *manager, struct error *error);

/* The kind of change that sets this for devices. */
struct interop_options {
	enum interop interop;
};

void interop_describe(const void *options, FILE *text);
int interop_edit(struct transaction *transaction);
