// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * Finds the index of the device that has the name, or the alternative name, in the network namespace that the thread is
 * in. Alternative names can be longer (up to 127 bytes) than what if_nametoindex(3) accepts (15). -ENODEV: there is
 * none; or another negative errno.
 */
int netdev_index(const char *name, unsigned int *ret);
