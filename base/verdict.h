// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an XDP program returns: the values of enum xdp_action in linux/bpf.h. */
enum verdict {
	VERDICT_ABORTED,
	VERDICT_DROP,
	VERDICT_PASS,
	VERDICT_TX,
	VERDICT_REDIRECT,
	VERDICT_COUNT
};

/* A set of verdicts: bit N stands for verdict N. */
typedef uint32_t verdict_set;

#define VERDICT_BIT(verdict) (1u << (verdict))
#define VERDICTS_ALL	     (VERDICT_BIT(VERDICT_COUNT) - 1)

/* The proceed set of a component that does not set one. */
#define PROCEED_DEFAULT	 VERDICT_BIT(VERDICT_PASS)
#define PRIORITY_DEFAULT 50
#define PRIORITY_MAX	 65535

/* "pass" and the like. */
const char *verdict_name(enum verdict verdict);

/* The verdict of that name; false if the first `length` characters of `name` are not a verdict. */
bool verdict_parse(const char *name, size_t length, enum verdict *ret);

/* "pass,tx", or "none" for the empty set, into `text`; returns it. */
#define VERDICT_SET_TEXT_MAX 40
char *verdict_set_format(verdict_set set, char text[static VERDICT_SET_TEXT_MAX]);

/*
 * Reads "pass,tx" or "none". Returns 0, or -EINVAL with `*bad` and `*bad_length` at the word that is not a
 * verdict; `*ret` is unchanged then.
 */
int verdict_set_parse(const char *text, verdict_set *ret, const char **bad, size_t *bad_length);
