#include "object/test-load.h"

#include "base/cleanup.h"
#include "object/elf.h"
#include "object/libbpf-log.h"
#include "object/load-error.h"

#include <bpf/bpf.h>
#include <string.h>

struct trial {
	const struct object *object;
	const struct program_choice *choice;
	char *log; /* of the verifier */
	struct messages messages;
	struct bpf_object *opened;
};

static void trial_done(struct trial *trial)
{
	bpf_object__close(trial->opened);
	free(trial->log);
}

/* Of all programs only the chosen one, and those it jumps to; no map by a name. */
static void prepare(struct trial *trial, const struct tail_callees *callees, unsigned int log_level)
{
	__u32 flags = trial->choice->frags ? BPF_F_XDP_HAS_FRAGS : 0;
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, trial->opened)
	{
		const char *name = bpf_program__name(program);
		bool chosen = !strcmp(name, trial->choice->name);
		bool loaded = chosen || tail_callees_have(callees, name);

		bpf_program__set_autoload(program, loaded);
		if (!loaded)
			continue;
		bpf_program__set_type(program, BPF_PROG_TYPE_XDP);
		bpf_program__set_expected_attach_type(program, BPF_XDP);
		bpf_program__set_flags(program, flags);
		bpf_program__set_log_buf(program, trial->log, VERIFIER_LOG_SIZE);
		bpf_program__set_log_level(program, chosen ? log_level : 0);
	}
	bpf_object__for_each_map(map, trial->opened) bpf_map__set_pin_path(map, NULL);
}

static int load(struct trial *trial, unsigned int log_level, struct error *error)
{
	cleanup(tail_callees_done) struct tail_callees callees = {};
	int result;

	bpf_object__close(steal(trial->opened));
	result = object_open(trial->object, NULL, &trial->opened, error)
			 ?: tail_callees_read(&trial->object->blob, &callees, error);
	if (result < 0)
		return result;
	trial->log[0] = '\0';
	prepare(trial, &callees, log_level);
	messages_begin(&trial->messages);
	result = bpf_object__load(trial->opened);
	messages_end(&trial->messages);
	return result;
}

static int refused(int failure, const struct trial *trial, struct error *error)
{
	const struct refusal refusal = {
		.program = trial->choice->name,
		.label = trial->object->label,
		.log = trial->log,
		.messages = trial->messages.text,
		.failure = failure,
		.opened = trial->opened,
	};

	return !*trial->log && failure == -EPERM ? failure : refusal_set(&refusal, error);
}

int trial_load(const struct object *object, const struct program_choice *choice,
	       struct verifier_work *ret, struct error *error)
{
	cleanup(trial_done) struct trial trial = {
		.object = object,
		.choice = choice,
		.log = malloc(VERIFIER_LOG_SIZE),
	};
	int result;

	if (!trial.log)
		return error_memory(error);
	result = load(&trial, VERIFIER_LOG_STATISTICS, error);
	if (result < 0 && result != -EPERM && result != -E2BIG && error->id == ERROR_NONE)
		result = load(&trial, VERIFIER_LOG_REASONS, error);
	if (result < 0)
		return error->id == ERROR_NONE ? refused(result, &trial, error) : result;
	verifier_work_read(trial.log, ret);
	return 0;
}
