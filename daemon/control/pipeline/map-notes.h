#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * What of a target's maps whoever asked for the change should know, before it is committed. Without memory
 * a note is missing, no more.
 */
void reply_add_map_notes(const struct transaction *transaction, const struct target *target,
			 struct device_result *result);
