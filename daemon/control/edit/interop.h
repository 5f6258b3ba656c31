#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/transaction.h"

/*
 * Of a device on which libxdp's tools are to list the components. For that they must be extensions of
 * a rootlet that is built like libxdp's dispatcher, so that nothing of it is fused.
 */

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

/* What CHANGE_INTEROP wants on its targets. */
int interop_choose_all(struct transaction *transaction);
