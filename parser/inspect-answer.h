// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "sandbox/parcel.h"

/* Answers REQUEST_INSPECT with `answer`. */
int inspect_answer(struct parcel *request, struct parcel *answer, struct error *error);
