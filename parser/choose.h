// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"
#include "sandbox/parcel.h"

/* Answers REQUEST_CHOOSE, REQUEST_CHECK and REQUEST_COMPARE with `answer`. */
int choose_answer(struct parcel *request, struct parcel *answer, struct error *error);
int check_answer(struct parcel *request, struct parcel *answer, struct error *error);
int compare_answer(struct parcel *request, struct parcel *answer, struct error *error);

/* The object of REQUEST_CHOOSE; it belongs to the request. */
void choose_object(struct parcel *request, struct blob *ret);
