// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/load-chosen.h"

#include "base/cleanup.h"
#include "broker/program-load.h"

#include <bpf/bpf.h>
#include <fcntl.h>

/* Records the code of the chosen program before a wrapper is put in front of it. */
static int record(struct program_code *code, const struct described_program *program)
{
	program_code_done(code);
	if (program->btf_fd > 0)
		code->btf_fd = fcntl(program->btf_fd, F_DUPFD_CLOEXEC, 3);
	code->instructions =
		program_code_copy_records(program->instructions, program->n_instructions,
					  sizeof(*code->instructions), sizeof(*code->instructions));
	code->n_instructions = code->instructions ? program->n_instructions : 0;
	code->functions = program_code_copy_records(program->functions, program->n_functions,
						    program->head.function_size,
						    sizeof(*code->functions));
	code->n_functions = code->functions ? program->n_functions : 0;
	code->lines = program_code_copy_records(program->lines, program->n_lines,
						program->head.line_size, sizeof(*code->lines));
	code->n_lines = code->lines ? program->n_lines : 0;
	return code->n_instructions ? program_code_take_modules(
					      code, program->n_modules ? program->modules : NULL)
				    : -ENOMEM;
}

static void put_wrapper(const struct entry_wrapper *wrapper, struct bpf_prog_load_opts *options)
{
	options->func_info = wrapper->functions;
	options->func_info_cnt = wrapper->n_functions;
	options->func_info_rec_size = sizeof(*wrapper->functions);
	options->line_info = wrapper->lines;
	options->line_info_cnt = wrapper->n_lines;
	options->line_info_rec_size = sizeof(*wrapper->lines);
}

/* The kernel accepts no flags and no attach type for an extension. */
static void put_target(const struct extension_target *target, struct bpf_prog_load_opts *options)
{
	options->expected_attach_type = 0;
	options->prog_flags = 0;
	options->attach_prog_fd = target->program_fd;
	options->attach_btf_id = target->function_id;
}

int load_chosen(struct broker *broker, const struct described_program *program,
		struct bpf_prog_load_opts *options)
{
	cleanup(entry_wrapper_done) struct entry_wrapper wrapper = {};
	struct chosen_program *chosen = &((struct component_broker *)broker)->chosen;
	const struct bpf_insn *instructions = program->instructions;
	size_t n_instructions = program->n_instructions;
	int result = record(&chosen->code, program);

	chosen->n_attempts++;
	chosen->is_loaded = false;
	if (result < 0 || broker->is_trial)
		return result < 0 ? result : -ECANCELED;
	if (chosen->arguments) {
		result = entry_wrapper_init(&chosen->code, chosen->arguments, &wrapper);
		if (result < 0)
			return result;
		put_wrapper(&wrapper, options);
		instructions = wrapper.instructions;
		n_instructions = wrapper.n_instructions;
	}
	if (chosen->target)
		put_target(chosen->target, options);
	result = program_load(chosen->target ? BPF_PROG_TYPE_EXT : BPF_PROG_TYPE_XDP,
			      *program->head.name ? program->head.name : NULL, program->license,
			      instructions, n_instructions, options);
	chosen->is_loaded = result >= 0;
	return result;
}

void component_broker_done(struct component_broker *broker)
{
	broker_done(&broker->calls);
	program_code_done(&broker->chosen.code);
	broker->chosen = (struct chosen_program){};
}
