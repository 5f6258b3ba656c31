#include "cli/inspection.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/inspection-parts.h"
#include "object/elf.h"

#include <string.h>
#include <sys/utsname.h>

static void subject_done(struct subject *subject)
{
	kfuncs_done(&subject->kfuncs);
	kernel_types_drop(&subject->kernel);
	image_done(&subject->image);
	bpf_object__close(subject->opened);
	object_done(&subject->object);
}

static int read_object(const struct inspect_request *request, const char *label,
		       struct object *object, struct error *error)
{
	int result = blob_read(request->object, label, OBJECT_SIZE_MAX, &object->blob, error);

	if (result < 0)
		return result;
	object->label = strdup(label);
	if (!object->label)
		return error_memory(error);
	blob_sha256(&object->blob, object->sha256);
	return elf_check(&object->blob, label, error);
}

/* A kernel without types is no reason to say nothing; a file without is. */
static int read_kernel(const struct inspect_request *request, struct subject *subject,
		       struct error *error)
{
	struct error unknown = {};
	int result;

	subject->is_this_kernel = !request->btf;
	if (request->btf)
		return kernel_types_open(request->btf, &subject->kernel, error);
	result = kernel_types_open(NULL, &subject->kernel, &unknown);
	error_done(&unknown);
	return result == -ENOMEM ? error_memory(error) : 0;
}

static int read_subject(const struct inspect_request *request, const char *label,
			struct subject *ret, struct error *error)
{
	int result = read_object(request, label, &ret->object, error);

	if (result == 0)
		result = object_open(&ret->object, NULL, &ret->opened, error);
	if (result == 0)
		result = image_read(&ret->object.blob, label, &ret->image, error);
	if (result == 0)
		result = read_kernel(request, ret, error);
	if (result == 0)
		result = kfuncs_resolve(&ret->object, ret->kernel, &ret->kfuncs, error);
	return result;
}

static const json_t *find_program(const json_t *programs, const char *name)
{
	const json_t *program;
	size_t i;

	json_array_foreach(programs, i, program)
	{
		if (!strcmp(json_string_value(json_object_get(program, "name")), name))
			return program;
	}
	return NULL;
}

/* Would attach work? It takes one program, with what is in its way. */
static void add_answer(json_t *inspected, const struct subject *subject)
{
	json_t *obstacles = json_array();
	const json_t *program = NULL;
	struct program_choice choice;
	struct error error = {};

	if (object_choose(&subject->object, subject->chosen, &choice, &error) < 0) {
		json_array_append_new(obstacles, obstacle_encode(&error));
	} else {
		json_object_set_new(inspected, "program", text_encode(choice.name));
		program = find_program(json_object_get(inspected, "programs"), choice.name);
	}
	json_array_extend(obstacles, json_object_get(program, "obstacles"));
	json_object_set_new(inspected, "attachable", json_boolean(!json_array_size(obstacles)));
	json_object_set_new(inspected, "obstacles", obstacles);
}

int inspection_make(const struct inspect_request *request, const char *label, json_t **ret,
		    struct error *error)
{
	cleanup(subject_done) struct subject subject = { .chosen = request->program };
	struct utsname kernel = {};
	json_t *inspected, *programs;
	bool loaded = false;
	int result = read_subject(request, label, &subject, error);

	if (result < 0)
		return result;
	uname(&kernel);
	programs = programs_encode(&subject, &loaded);
	inspected = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "file", text_encode(label),
		"object", json_sprintf("sha256:%s", subject.object.sha256), "kernel",
		text_encode(request->btf ?: kernel.release), "programs", programs, "functions",
		functions_encode(&subject), "maps", maps_encode(&subject), "variables",
		variables_encode(&subject), "kfuncs", kfuncs_encode(&subject), "groups",
		groups_encode(&subject), "loaded", loaded);
	if (!inspected)
		return error_memory(error);
	add_answer(inspected, &subject);
	*ret = inspected;
	return 0;
}
