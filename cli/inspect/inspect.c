// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/inspect/inspect.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/inspect/encode.h"
#include "object/elf.h"
#include "object/link-check.h"
#include "object/link.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

static void subject_done(struct subject *subject)
{
	kfuncs_done(&subject->kfuncs);
	kernel_btf_drop(&subject->kernel);
	elf_code_done(&subject->elf_code);
	bpf_object__close(subject->opened);
	object_done(&subject->policy);
	object_done(&subject->object);
}

static int read_object(int fd, struct object *ret, struct error *error)
{
	int result;

	ret->label = file_label(fd);
	if (!ret->label)
		return error_memory(error);
	result = blob_read(fd, ret->label, OBJECT_SIZE_MAX, &ret->blob, error);
	if (result < 0)
		return result;
	blob_sha256(&ret->blob, ret->sha256);
	return elf_check(&ret->blob, ret->label, error);
}

/* The object linked with its libraries, but with the digest of its own file. */
static int read_joined(const struct inspect_request *request, struct object *ret,
		       struct error *error)
{
	size_t n_libraries = request->libraries.n_items;
	struct object *libraries = calloc(n_libraries + 1, sizeof(*libraries));
	struct object linked = {};
	int result = libraries ? read_object(request->object, ret, error) : error_memory(error);

	for (size_t i = 0; result == 0 && i < n_libraries; i++)
		result = read_object(request->libraries.items[i], &libraries[i], error);
	if (result == 0)
		result = n_libraries ? link_libraries(ret, n_libraries, libraries, &linked, error)
				     : static_link_check(ret, 0, NULL, error);
	if (result == 0 && n_libraries) {
		strcpy(linked.sha256, ret->sha256);
		object_done(ret);
		*ret = linked;
	}
	for (size_t i = 0; libraries && i < n_libraries; i++)
		object_done(&libraries[i]);
	free(libraries);
	return result;
}

static int read_policy(const struct inspect_request *request, struct subject *subject,
		       struct error *error)
{
	cleanup(closep) int fd = -1;

	if (!request->policy)
		return 0;
	fd = open(request->policy, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_set(error, ERROR_BAD_OBJECT, -errno, "cannot open '%s': %s",
				 request->policy, strerror(errno));
	subject->slot = request->slot;
	return read_object(fd, &subject->policy, error);
}

/*
 * If the running kernel has no types, the report goes on without; if the given file has none, that is an
 * error.
 */
static int read_kernel(const struct inspect_request *request, struct subject *subject,
		       struct error *error)
{
	struct error unknown = {};
	int result;

	subject->is_this_kernel = !request->btf;
	if (request->btf)
		return kernel_btf_open(request->btf, &subject->kernel, error);
	result = kernel_btf_open(NULL, &subject->kernel, &unknown);
	error_done(&unknown);
	return result == -ENOMEM ? error_memory(error) : 0;
}

static int read_subject(const struct inspect_request *request, struct subject *ret,
			struct error *error)
{
	int result = read_joined(request, &ret->object, error) ?: read_policy(request, ret, error);

	if (result == 0)
		result = object_open(&ret->object, NULL, &ret->opened, error);
	if (result == 0)
		result = elf_code_read(&ret->object.blob, ret->object.label, &ret->elf_code, error);
	if (result == 0)
		result = read_kernel(request, ret, error);
	if (result == 0)
		result = kfuncs_resolve(&ret->object, ret->kernel, &ret->kfuncs, error);
	return result;
}

/*
 * Reads what can be read of an object that libbpf cannot open, for example because it has maps without
 * types. False: that is nothing, or something else is wrong.
 */
static bool read_unopened(const struct inspect_request *request, struct subject *subject)
{
	const struct object *object = &subject->object;

	if (!subject->kernel)
		read_kernel(request, subject, NULL);
	return !subject->opened && !request->policy && !request->libraries.n_items &&
	       object->blob.bytes && elf_check_layout(&object->blob, object->label, NULL) == 0 &&
	       elf_code_read(&object->blob, object->label, &subject->elf_code, NULL) == 0;
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

/* Would attach work? Adds the program that it would choose, with its obstacles; `unread` is one, or empty. */
static void add_answer(json_t *inspected, const struct subject *subject, struct error *unread)
{
	json_t *blockers = json_array();
	const json_t *program = NULL;
	struct program_choice choice;
	struct error error = {};

	if (unread->id != ERROR_NONE) {
		json_array_append_new(blockers, blocker_encode(unread));
	} else if (object_choose_opened(&subject->object, subject->opened, subject->chosen, &choice,
					&error) < 0) {
		json_array_append_new(blockers, blocker_encode(&error));
	} else {
		json_object_set_new(inspected, "program", text_encode(choice.name));
		program = find_program(json_object_get(inspected, "programs"), choice.name);
	}
	json_array_extend(blockers, json_object_get(program, "obstacles"));
	json_object_set_new(inspected, "attachable", json_boolean(!json_array_size(blockers)));
	json_object_set_new(inspected, "obstacles", blockers);
}

int inspect_object(const struct inspect_request *request, json_t **ret, struct error *error)
{
	cleanup(subject_done) struct subject subject = { .chosen = request->program };
	struct utsname kernel = {};
	json_t *inspected, *programs;
	bool loaded = false;
	cleanup(error_done) struct error unread = {};
	int result = read_subject(request, &subject, &unread);

	if (result < 0 && (result == -ENOMEM || !read_unopened(request, &subject))) {
		error_move(error, &unread);
		return result;
	}
	uname(&kernel);
	programs = programs_encode(&subject, &loaded);
	inspected = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}",
			      "file", text_encode(subject.object.label), "object",
			      json_sprintf("sha256:%s", subject.object.sha256), "kernel",
			      text_encode(request->btf ?: kernel.release), "programs", programs,
			      "functions", functions_encode(&subject), "maps",
			      maps_encode(&subject), "variables", variables_encode(&subject),
			      "kfuncs", kfuncs_encode(&subject), "groups", groups_encode(&subject),
			      "needs", policy_functions_encode(&subject, MARK_NEEDED), "offers",
			      policy_functions_encode(&subject, MARK_OFFERED), "loaded", loaded);
	if (!inspected)
		return error_memory(error);
	add_answer(inspected, &subject, &unread);
	*ret = inspected;
	return 0;
}
