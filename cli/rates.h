// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/verdict.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Packets a second, computed from the counters of Status or Metrics; see there. */
struct rates {
	double run;
	double proceed;
	double terminate[VERDICT_COUNT];
};

/* How long a component takes for a packet. */
struct latency {
	size_t n_samples; /* 0: it is not known */
	unsigned int p50_ns, p99_ns;
};

struct component_rates {
	const char *name;
	bool is_counted; /* false: it is in a policy slot, and the rates are 0 */
	struct rates rates;
	struct latency latency; /* rates_init() does not know it */
};

/* The strings are those of the latest reply. */
struct device_rates {
	const char *ifname;
	const char *netns; /* "": the daemon's own */
	/* How packets left the chain. Packets that reach its end count as passed. */
	struct rates rates;
	size_t n_components;
	struct component_rates *components; /* in the order of the chain */
};

struct rates_list {
	size_t n_devices;
	struct device_rates *devices;
	bool has_latency; /* latencies are shown */
};

/*
 * Computes rates from two replies of the same method, `seconds` apart. A component that counts less than
 * before has started again from zero, as has a component that was not there before. Free with rates_done().
 */
void rates_init(struct rates_list *ret, const json_t *before, const json_t *after, double seconds);
void rates_done(struct rates_list *list);

/* {"seconds": 1.0, "devices": [{"ifname": ..., "rates": {"run": ...}, "components": [...]}]}; a new reference. */
json_t *rates_encode(const struct rates_list *list, double seconds);
