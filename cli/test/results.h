#pragma once

#include <jansson.h>
#include <stdbool.h>

/* What Test replied, for people. */

/* A line for each packet of each test, and who decided how many. */
void test_results_show(const json_t *reply);

/* Which packets the planned chains treat in another way than those that run. */
void test_results_show_differences(const json_t *reply);

/*
 * The same as {"ifname", "netns", "packet", "present", "planned"} each, a new reference; `packet` counts
 * from 1. A packet that gets the same verdict and the same bytes is treated the same, whoever decided.
 */
json_t *test_results_compare(const json_t *reply);
