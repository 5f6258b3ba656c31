// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "parser/choose.h"
#include "sandbox/parcel.h"

/*
 * Handles REQUEST_OPEN, and REQUEST_LOAD after it: libbpf opens and loads the object, and the process that
 * uses the parser creates the kernel's objects. Answers both requests over the socket. `chosen` has the object
 * of an earlier request, if this request has none; or it is NULL. 0: the object was loaded.
 */
int load_converse(int socket, struct parcel *request, struct chosen *chosen);
