// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/*
 * A listening socket: the one that systemd passes (sd_listen_fds(3)), or, with an address such as
 * "127.0.0.1:9813", "[::1]:9813" or "unix:/PATH", a new one. The caller owns the socket. Errors name the
 * address.
 */
int listen_find(const char *address, int *ret, struct error *error);
