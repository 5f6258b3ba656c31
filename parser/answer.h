// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "sandbox/parcel.h"

/*
 * Sends the answer, or, for a negative result, the error, and leaves the message empty; returns the result.
 */
int answer_send(int socket, struct parcel *answer, int result, const struct error *error);
