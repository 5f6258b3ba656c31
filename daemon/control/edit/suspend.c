// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/edit/suspend.h"

#include "daemon/state/device.h"

#include <errno.h>
#include <stdio.h>

static int edit(struct transaction *transaction, bool suspended)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->is_new)
			return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENOENT,
					 "xdpd does not manage %s", target->ifname);
		if (target->config.suspended == suspended) {
			target->stays = target->untouched = true;
			target->generation = target->device->generation;
		}
		target->config.suspended = suspended;
	}
	return 0;
}

int suspend_edit(struct transaction *transaction)
{
	return edit(transaction, true);
}

int resume_edit(struct transaction *transaction)
{
	return edit(transaction, false);
}

char *suspend_note(const char *ifname)
{
	char *sentence;

	return asprintf(&sentence,
			"the device is suspended, so packets bypass its chain until 'xdpctl resume "
			"--dev %s'",
			ifname) < 0
		       ? NULL
		       : sentence;
}
