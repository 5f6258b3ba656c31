// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* What this kernel can do, found by trying each feature. */
enum feature {
	FEATURE_JIT,		/* the JIT compiler is on */
	FEATURE_BTF,		/* the kernel describes its own types */
	FEATURE_XDP_LINK,	/* a device can be held through a bpf_link */
	FEATURE_FREPLACE,	/* extension programs load and link */
	FEATURE_FRAGS,		/* multi-buffer XDP programs */
	FEATURE_DEVBOUND,	/* programs can be bound to a device */
	FEATURE_DEVBOUND_FRAGS, /* and be multi-buffer at the same time */
	FEATURE_COUNT
};

struct feature_state {
	bool available;
	int failure;   /* negative errno, if it is known */
	char why[160]; /* what was tried and how the kernel answered, one clause without a period */
};

struct features {
	char kernel[65]; /* uname -r */
	struct feature_state state[FEATURE_COUNT];
};

/* The name of the feature, for example "freplace", and one line about what it is for. */
const char *feature_name(enum feature feature);
const char *feature_purpose(enum feature feature);

/* Tries all features. Fails only if a temporary problem prevents a result. */
int features_probe(struct features *ret, struct error *error);
