// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
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

/* Sets the target to what the change asks for; INTEROP_UNSET changes nothing. */
void interop_choose(struct target *target, enum interop interop);

/*
 * Can libxdp's tools list the wanted chain of the target? If this change asks for it (`asked`), everything
 * must fit; later only what a change is about to alter. Errors: Unsupported, ChainFull or InvalidArgument,
 * with a sentence.
 */
int interop_check(const struct manager *manager, const struct target *target, bool asked,
		  struct error *error);

/* Checks everything except the chain itself. Errors: Unsupported. */
int interop_check_place(const struct manager *manager, struct error *error);

/* The kind of change that sets the listing for devices. */
struct interop_options {
	enum interop interop;
};

/* Functions of struct change_kind for this kind of change. */
void interop_describe(const void *options, FILE *text);
int interop_edit(struct transaction *transaction);
