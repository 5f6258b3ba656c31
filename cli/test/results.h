#pragma once

#include <jansson.h>
#include <stdbool.h>

/* What Test replied, for people. */

/* A line for each packet of each trial, and who decided how many. */
void trials_show(const json_t *reply);

/* Which packets the planned chains treat in another way than those that run. */
void trials_show_differences(const json_t *reply);

/*
 * The same as {"ifname", "netns", "packet", "present", "planned"} each, a new reference; `packet` counts
 * from 1. A packet that gets the same verdict and the same bytes is treated the same, whoever decided.
 */
json_t *trials_compare(const json_t *reply);
