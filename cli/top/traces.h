// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/client.h"
#include "cli/rates.h"

/* Traces of the devices that top shows, to measure how long their components take. */

/* More devices are not traced, because each trace needs a connection and buffers. */
#define TOP_TRACES_MAX 16

struct top_traces;

/* Traces one packet in `sample` of each device. The path must outlive it. */
struct top_traces *top_traces_new(const char *socket_path, uint64_t sample);
void top_traces_drop(struct top_traces **traces);

/*
 * Begins traces of devices in this reply of Metrics whose name, or that of a component, contains the filter;
 * ends traces of devices that are not in it; and takes the records of the others. EXIT_REFUSED: the user may not
 * trace, and `*ret` is the refusal.
 */
enum exit_status top_traces_follow(struct top_traces *traces, const json_t *reply,
				   const char *filter, json_t **ret);

/* Why a device cannot be traced, "eth0: ...", each once; NULL: no more. The caller frees it. */
char *top_traces_refusal(struct top_traces *traces);

/* Sets the latencies in the list. */
void top_traces_apply(const struct top_traces *traces, struct rates_list *list);
