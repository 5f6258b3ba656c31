// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/string-list.h"

#include <bpf/btf.h>

/*
 * Marks of functions in BTF (bpf/include/offer.h): declaration tags with the function's name. For kernels without
 * such tags, libbpf turns them into integers of the same name, so a mark is found there, too. Makes no system
 * call.
 */
enum function_mark {
	MARK_NEEDED,  /* "xdpd:needs:NAME": the function stands for one of the policy */
	MARK_OFFERED, /* "xdpd:offers:NAME": a policy offers the function to components */
	MARK_COUNT
};

/* The maximum of marks in an object; a program cannot have more functions either (BPF_MAX_SUBPROGS). */
#define MARKS_MAX 256

/*
 * The names of the functions that have the mark, each once; marks whose name is not one of C are ignored. Free
 * with strings_done(), also after a failure. -ENOMEM; -E2BIG for more than MARKS_MAX.
 */
int function_marks_read(const struct btf *btf, enum function_mark mark, struct strings *ret);
