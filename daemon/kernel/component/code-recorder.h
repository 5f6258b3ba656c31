#pragma once

#include "base/error.h"
#include "daemon/kernel/component/program-code.h"

/* object_init() that lets code_recorder_begin() see what is loaded. */
int code_recorder_init(struct error *error);

/*
 * The next load of `program`, which is the daemon's own, by this thread is copied into `code`, until
 * code_recorder_end().
 */
void code_recorder_begin(struct program_code *code, const struct bpf_program *program);

/* `code` stays empty if nothing was loaded, or if there was no memory for the copy. */
void code_recorder_end(void);
