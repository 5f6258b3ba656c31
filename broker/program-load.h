// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <bpf/bpf.h>

/*
 * Loads a program as bpf_prog_load() does, and returns its descriptor or a negative errno. The size of the log
 * never decides whether it is loaded: if the verifier's log does not fit into `options->log_buf`, the program is
 * loaded without one, and the log is empty, because what fits does not show why a program is refused.
 */
int program_load(enum bpf_prog_type type, const char *name, const char *license,
		 const struct bpf_insn *instructions, size_t n_instructions,
		 const struct bpf_prog_load_opts *options);
