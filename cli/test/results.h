// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The reply of Test, for people. */

/* Prints a line for each packet of each test, and how often each outcome occurred. */
void test_results_show(const json_t *reply);

/* Prints which packets the planned chains treat differently from the running ones. */
void test_results_show_differences(const json_t *reply);

/*
 * The same as JSON: {"ifname", "netns", "packet", "present", "planned"} for each such packet, a new
 * reference; `packet` counts from 1. A packet with the same verdict and the same bytes is treated the same,
 * whichever component decided.
 */
json_t *test_results_compare(const json_t *reply);
