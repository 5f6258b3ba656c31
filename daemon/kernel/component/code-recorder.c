// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/code-recorder.h"

#include "object/object.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <string.h>

/* libbpf passes only the program to the callback before a load, so the rest is kept here. */
static _Thread_local struct {
	const struct bpf_program *program;
	struct program_code *code;
} recorder;

static void record(struct program_code *code, const struct bpf_program *program,
		   const struct bpf_prog_load_opts *options)
{
	program_code_done(code);
	if (options->prog_btf_fd > 0)
		code->btf_fd = fcntl(options->prog_btf_fd, F_DUPFD_CLOEXEC, 3);
	code->n_instructions = bpf_program__insn_cnt(program);
	code->instructions =
		program_code_copy_records(bpf_program__insns(program), code->n_instructions,
					  sizeof(*code->instructions), sizeof(*code->instructions));
	code->functions = program_code_copy_records(options->func_info, options->func_info_cnt,
						    options->func_info_rec_size,
						    sizeof(*code->functions));
	code->n_functions = code->functions ? options->func_info_cnt : 0;
	code->lines = program_code_copy_records(options->line_info, options->line_info_cnt,
						options->line_info_rec_size, sizeof(*code->lines));
	code->n_lines = code->lines ? options->line_info_cnt : 0;
	if (code->instructions && program_code_take_modules(code, options->fd_array) < 0)
		program_code_done(code);
}

static int before_load(struct bpf_program *program, struct bpf_prog_load_opts *options, long cookie)
{
	(void)cookie;
	if (program == recorder.program)
		record(recorder.code, program, options);
	return 0;
}

int code_recorder_init(struct error *error)
{
	return object_init(before_load, error);
}

void code_recorder_begin(struct program_code *code, const struct bpf_program *program)
{
	recorder.program = program;
	recorder.code = code;
}

void code_recorder_end(void)
{
	recorder.program = NULL;
	recorder.code = NULL;
}
