#define _GNU_SOURCE
#include "daemon/kernel/code.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <string.h>

/* libbpf's callback before a load gets nothing of ours but the program. */
static _Thread_local struct {
	const struct bpf_program *program;
	struct code *code;
} recorder;

static void *copy_array(const void *from, size_t count, size_t size)
{
	void *copy = count ? reallocarray(NULL, count, size) : NULL;

	return copy ? memcpy(copy, from, count * size) : NULL;
}

/* The kernel's records may be longer than those we were compiled with, never shorter. */
static struct bpf_func_info *copy_functions(const struct bpf_prog_load_opts *options)
{
	struct bpf_func_info *copy = calloc(options->func_info_cnt, sizeof(*copy));

	for (size_t i = 0; copy && i < options->func_info_cnt; i++)
		memcpy(&copy[i], (const char *)options->func_info + i * options->func_info_rec_size,
		       sizeof(*copy));
	return copy;
}

static int record(struct bpf_program *program, struct bpf_prog_load_opts *options, long cookie)
{
	struct code *code = recorder.code;

	(void)cookie;
	if (program != recorder.program)
		return 0;
	code_done(code);
	code->n_instructions = bpf_program__insn_cnt(program);
	code->instructions = copy_array(bpf_program__insns(program), code->n_instructions,
					sizeof(*code->instructions));
	if (options->func_info_cnt && options->func_info_rec_size >= sizeof(*code->functions)) {
		code->functions = copy_functions(options);
		code->n_functions = code->functions ? options->func_info_cnt : 0;
	}
	return 0;
}

int code_init(struct error *error)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, handler, .prog_prepare_load_fn = record);
	static const char *const sections[] = { "xdp+", "xdp.frags+", "freplace+" };
	int result;

	for (size_t i = 0; i < array_size(sections); i++) {
		result = libbpf_register_prog_handler(sections[i], BPF_PROG_TYPE_XDP, BPF_XDP,
						      &handler);
		if (result < 0)
			return error_set(error, ERROR_INTERNAL, result,
					 "libbpf takes no handler for section '%s': %s",
					 sections[i], errno_name(result));
	}
	/* Any other section, for a program that is chosen by name. */
	result = libbpf_register_prog_handler(NULL, BPF_PROG_TYPE_UNSPEC, 0, &handler);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "libbpf takes no handler: %s",
				 errno_name(result));
	return 0;
}

void code_record_begin(struct code *code, const struct bpf_program *program)
{
	recorder.program = program;
	recorder.code = code;
}

void code_record_end(void)
{
	recorder.program = NULL;
	recorder.code = NULL;
}

void code_done(struct code *code)
{
	free(code->instructions);
	free(code->functions);
	*code = (struct code){};
}
