// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/* Where in the receive path a device runs its XDP program. */
enum xdp_mode {
	MODE_UNSET, /* not set: native mode, or skb mode if the driver has no native XDP */
	MODE_NATIVE,
	MODE_SKB,
	MODE_COUNT
};

/* For example "native". */
const char *xdp_mode_name(enum xdp_mode mode);

/* The same, but NULL for MODE_UNSET. */
const char *xdp_mode_said(enum xdp_mode mode);

/* The mode of that name; MODE_COUNT for an invalid name. */
enum xdp_mode xdp_mode_from_name(const char *name);
