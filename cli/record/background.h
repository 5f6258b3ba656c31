// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

#include <jansson.h>

/* Its end of the conversation with the process that started it. */
struct background;

/*
 * Work for a process in the background. It calls background_report() once when it has begun; until then what it
 * prints on stderr and its `*ret`, a refusal, are those of the process that started it.
 */
typedef enum exit_status (*background_work)(struct background *background, void *userdata,
					    json_t **ret);

/*
 * Runs the work in a process of its own session, without a terminal, and waits until it has begun: EXIT_DONE,
 * and `*ret` is what it reported. Otherwise the exit status of the work, `*ret` is its refusal or NULL, and what
 * it printed was printed. Call it before anything is printed.
 */
enum exit_status background_run(background_work work, void *userdata, json_t **ret);

/* The work has begun; false: the process that started it is gone. */
bool background_report(struct background *background, const json_t *answer);
