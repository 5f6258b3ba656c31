// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/component/program-code.h"

/* Like object_init(), for objects whose loads code_recorder_begin() can record. */
int code_recorder_init(struct error *error);

/*
 * Copies what this thread loads next for `program`, which is the daemon's own, into `code`;
 * code_recorder_end() ends the recording.
 */
void code_recorder_begin(struct program_code *code, const struct bpf_program *program);

/* `code` stays empty if nothing was loaded, or if there was no memory for the copy. */
void code_recorder_end(void);
