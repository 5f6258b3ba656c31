// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * No byte of a file is parsed in this process, which may be root's: it reads the files, and makes the calls of
 * the kernel that the parser asks for.
 */
#define _GNU_SOURCE
#include "cli/inspect/inspect.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "broker/broker.h"
#include "ipc/validate.h"
#include "object/link.h"
#include "object/object.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* Of the parser's answer, and of its largest call, which has all instructions of a program. */
#define MESSAGE_SIZE_MAX ((size_t)64 << 20)

/* What the parser gets, and how the user knows it. */
struct subject {
	struct object object; /* linked with its libraries, but with the digest of its own file */
	struct object policy;
	char *names; /* of both files, for errors */
};

static void subject_done(struct subject *subject)
{
	object_done(&subject->object);
	object_done(&subject->policy);
	free(subject->names);
}

static int read_object(int fd, struct object *ret, struct error *error)
{
	int result;

	ret->label = file_label(fd);
	if (!ret->label)
		return error_memory(error);
	result = blob_read(fd, ret->label, OBJECT_SIZE_MAX, &ret->blob, error);
	if (result == 0)
		blob_sha256(&ret->blob, ret->sha256);
	return result;
}

static int link_all(const struct inspect_request *request, struct object *object,
		    struct object *libraries, struct error *error)
{
	size_t n_libraries = request->libraries.n_items;
	struct object linked = {};
	int result = 0;

	for (size_t i = 0; result == 0 && i < n_libraries; i++)
		result = read_object(request->libraries.items[i], &libraries[i], error);
	if (result == 0)
		result = link_libraries(object, n_libraries, libraries, &linked, error);
	if (result < 0)
		return result;
	strcpy(linked.sha256, object->sha256);
	object_done(object);
	*object = linked;
	return 0;
}

static int read_linked(const struct inspect_request *request, struct object *ret,
		       struct error *error)
{
	size_t n_libraries = request->libraries.n_items;
	struct object *libraries = calloc(n_libraries + 1, sizeof(*libraries));
	int result = libraries ? read_object(request->object, ret, error) : error_memory(error);

	if (result == 0 && n_libraries)
		result = link_all(request, ret, libraries, error);
	for (size_t i = 0; libraries && i < n_libraries; i++)
		object_done(&libraries[i]);
	free(libraries);
	return result;
}

static int read_policy(const struct inspect_request *request, struct object *ret,
		       struct error *error)
{
	cleanup(closep) int fd = -1;

	if (!request->policy)
		return 0;
	fd = open(request->policy, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_set(error, ERROR_BAD_OBJECT, -errno, "cannot open '%s': %s",
				 request->policy, strerror(errno));
	return read_object(fd, ret, error);
}

static int read_subject(const struct inspect_request *request, struct subject *ret,
			struct error *error)
{
	int result = read_linked(request, &ret->object, error)
			     ?: read_policy(request, &ret->policy, error);

	if (result < 0)
		return result;
	if (asprintf(&ret->names, "%s%s%s", ret->object.label,
		     ret->policy.label ? " with the policy " : "", ret->policy.label ?: "") >= 0)
		return 0;
	ret->names = NULL;
	return error_memory(error);
}

static void put_request(const struct inspect_request *request, const struct subject *subject,
			struct parcel *ret)
{
	const struct inspect_head head = { request->libraries.n_items > 0 };
	struct utsname kernel = {};

	uname(&kernel);
	parcel_put(ret, &head, sizeof(head));
	parcel_put_text(ret, subject->object.label);
	parcel_put_text(ret, subject->object.sha256);
	parcel_put_text(ret, request->program);
	parcel_put_text(ret, request->slot);
	parcel_put_text(ret, subject->policy.label);
	parcel_put_text(ret, request->btf);
	parcel_put_text(ret, request->btf ?: kernel.release);
	parcel_put_blob(ret, subject->object.blob.bytes, subject->object.blob.size);
	parcel_put_blob(ret, subject->policy.blob.bytes, subject->policy.blob.size);
}

static int read_answer(struct parcel *answer, struct conversation *conversation, json_t **ret,
		       struct error *error)
{
	const char *text = parcel_get_text(answer);
	json_t *inspected = answer->kind == ANSWER_MESSAGE_INSPECTED && parcel_is_read(answer) &&
					    text
				    ? json_loads(text, JSON_REJECT_DUPLICATES, NULL)
				    : NULL;

	if (reply_validate(inspect_method.out, inspected, "the answer", NULL) < 0) {
		json_decref(inspected);
		return conversation_refuse(conversation, error);
	}
	*ret = inspected;
	return 0;
}

/* The parser tries programs of an object alone, as XDP programs, and may choose whether as multi-buffer ones. */
static int ask(const struct inspect_request *request, const struct subject *subject, json_t **ret,
	       struct error *error)
{
	cleanup(conversation_end) struct conversation conversation = { .fd = -1 };
	cleanup(broker_done) struct broker broker = { .attach_type = BPF_XDP,
						      .other_flags = BPF_F_XDP_HAS_FRAGS,
						      .file = request->btf };
	cleanup(parcel_done) struct parcel question = { .kind = REQUEST_INSPECT };
	cleanup(parcel_done) struct parcel answer = {};
	size_t size = subject->object.blob.size + subject->policy.blob.size;
	int result;

	put_request(request, subject, &question);
	result = conversation_begin(subject->names, size, &conversation, error)
			 ?: conversation_send(&conversation, &question, error)
			 ?: broker_receive(&broker, &conversation, MESSAGE_SIZE_MAX, &answer,
					   error);
	return result < 0 ? result : read_answer(&answer, &conversation, ret, error);
}

int inspect_object(const struct inspect_request *request, json_t **ret, struct error *error)
{
	cleanup(subject_done) struct subject subject = {};
	int result = read_subject(request, &subject, error);

	return result < 0 ? result : ask(request, &subject, ret, error);
}
