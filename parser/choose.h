// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "object/object.h"
#include "sandbox/parcel.h"

/* The root of pins by name; the process that uses the parser decides what is pinned, and where. */
#define ANY_ROOT "/"

/* The object of REQUEST_CHOOSE, which may be loaded next. */
struct chosen {
	struct object object;	   /* checked; it belongs to the request */
	struct bpf_object *opened; /* for libbpf */
};

/* Answers REQUEST_CHOOSE, REQUEST_CHECK and REQUEST_COMPARE with `answer`. */
int choose_answer(struct parcel *request, struct parcel *answer, struct chosen *ret,
		  struct error *error);
int check_answer(struct parcel *request, struct parcel *answer, struct error *error);
int compare_answer(struct parcel *request, struct parcel *answer, struct error *error);
