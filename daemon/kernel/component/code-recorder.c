#define _GNU_SOURCE
#include "daemon/kernel/component/code-recorder.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/entry-wrapper.h"
#include "object/object.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

/* libbpf's callback before a load gets nothing of ours but the program. */
static _Thread_local struct {
	const struct bpf_program *program;
	const struct extension_target *target;
	const struct arguments *arguments;
	bool only;
	struct program_code *code;
	struct entry_wrapper wrapper; /* while it is loaded */
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

/*
 * An extension takes no flags and no attach type. libbpf drops its callbacks from a program whose
 * type is changed, so that it is done in the last of them.
 */
static int make_extension(struct bpf_program *program, struct bpf_prog_load_opts *options,
			  const struct extension_target *target)
{
	options->expected_attach_type = 0;
	options->prog_flags = 0;
	options->attach_prog_fd = target->program_fd;
	options->attach_btf_id = target->function_id;
	return bpf_program__set_type(program, BPF_PROG_TYPE_EXT);
}

/* Copies of what is in the caller are all that libbpf does not make. */
static int put_wrapper(struct bpf_program *program, struct bpf_prog_load_opts *options)
{
	struct entry_wrapper *wrapper = &recorder.wrapper;
	int result;

	entry_wrapper_done(wrapper);
	result = entry_wrapper_init(recorder.code, recorder.arguments, wrapper);
	if (result < 0)
		return result;
	options->func_info = wrapper->functions;
	options->func_info_cnt = wrapper->n_functions;
	options->func_info_rec_size = sizeof(*wrapper->functions);
	options->line_info = wrapper->lines;
	options->line_info_cnt = wrapper->n_lines;
	options->line_info_rec_size = sizeof(*wrapper->lines);
	return bpf_program__set_insns(program, wrapper->instructions, wrapper->n_instructions);
}

static int before_load(struct bpf_program *program, struct bpf_prog_load_opts *options, long cookie)
{
	(void)cookie;
	if (program != recorder.program)
		return 0;
	record(recorder.code, program, options);
	if (recorder.only)
		return -ECANCELED;
	if (recorder.arguments)
		return put_wrapper(program, options);
	return recorder.target ? make_extension(program, options, recorder.target) : 0;
}

int code_recorder_init(struct error *error)
{
	return object_init(before_load, error);
}

void code_recorder_begin(struct program_code *code, const struct bpf_program *program,
			 const struct extension_target *target, const struct arguments *arguments)
{
	recorder.target = target;
	recorder.arguments = arguments;
	recorder.program = program;
	recorder.code = code;
	recorder.only = false;
}

void code_recorder_begin_only(struct program_code *code, const struct bpf_program *program)
{
	code_recorder_begin(code, program, NULL, NULL);
	recorder.only = true;
}

void code_recorder_end(void)
{
	recorder.program = NULL;
	recorder.code = NULL;
	entry_wrapper_done(&recorder.wrapper);
}
