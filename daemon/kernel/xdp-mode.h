#pragma once

/* Where in the receive path a device runs its XDP program. */
enum mode {
	MODE_UNSET, /* not said: native, or skb where the driver has no native XDP */
	MODE_NATIVE,
	MODE_SKB,
	MODE_COUNT
};

/* "native" and the like. */
const char *mode_name(enum mode mode);

/* The same; NULL for MODE_UNSET. */
const char *mode_said(enum mode mode);

/* The other way; MODE_COUNT for a name that is none. */
enum mode mode_from_name(const char *name);
