#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/transaction.h"

/*
 * Of a device on which libxdp's tools are to list the components. For that they must be extensions of
 * a rootlet that is built like libxdp's dispatcher, so that nothing of it is fused.
 */

/* Whose tools are to list what a device runs. */
enum interop {
	INTEROP_UNSET, /* as it was, at first nobody's */
	INTEROP_NONE,
	INTEROP_LIBXDP,
};

/* What a change asks for becomes the target's, unless it is as it was. */
void interop_choose(struct target *target, enum interop interop);

/*
 * Whether what is wanted on the target can be listed. Where that is asked for just now (`asked`),
 * everything must be right for it; later on only what somebody is about to change. Unsupported,
 * ChainFull or InvalidArgument, in words.
 */
int interop_check(const struct manager *manager, const struct target *target, bool asked,
		  struct error *error);

/* Whether anything but the chain itself stands in the way. Unsupported. */
int interop_check_place(const struct manager *manager, struct error *error);

/* The kind of change that says it for devices. */
struct interop_options {
	enum interop interop;
};

void interop_describe(const void *options, FILE *text);
int interop_edit(struct transaction *transaction);
