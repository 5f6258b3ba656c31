#pragma once

/* Where in the receive path a device runs its XDP program. */
enum xdp_mode {
	MODE_UNSET, /* not set: native, or skb where the driver has no native XDP */
	MODE_NATIVE,
	MODE_SKB,
	MODE_COUNT
};

/* "native" and the like. */
const char *xdp_mode_name(enum xdp_mode mode);

/* The same; NULL for MODE_UNSET. */
const char *xdp_mode_said(enum xdp_mode mode);

/* The other way; MODE_COUNT for an invalid name. */
enum xdp_mode xdp_mode_from_name(const char *name);
