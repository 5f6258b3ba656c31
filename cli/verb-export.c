// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/file.h"
#include "cli/client.h"
#include "cli/export-file.h"
#include "cli/show.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "only this device (repeatable)" },
	OPTION_NETNS,
	OPTION_ONLY_OWNER,
	{ "objects", "DIR", NULL,
	  "write the objects to DIR and refer to them by path, relative to the\n"
	  "file that is written" },
	{ "output", "FILE", NULL, "write to this file instead of standard output", 'o' },
	{},
};

static enum exit_status fail(const struct error *error)
{
	report_error("%s", error->message ?: "out of memory");
	return EXIT_REFUSED;
}

/*
 * The object's contents, the file name that it was sent with, and its signature ("": none); the caller frees
 * them.
 */
static enum exit_status fetch(const struct invocation *invocation, const char *object,
			      struct blob *ret, char **ret_label, char **ret_signature)
{
	const struct object_request request = { .object = (char *)object };
	cleanup(json_decrefp) json_t *answer = NULL;
	cleanup(error_done) struct error error = {};
	cleanup(fds_done) struct fds fds = {};
	enum exit_status status = client_call(invocation->socket, &methods[METHOD_OBJECT], &request,
					      &answer, &fds);

	if (status == EXIT_REFUSED)
		client_show_refusal(answer);
	if (status != EXIT_DONE)
		return status;
	*ret_label = strdup(reply_text(answer, "label"));
	*ret_signature = strdup(reply_text(answer, "signature"));
	if (fds.n_fds != 1 || !*ret_label || !*ret_signature) {
		error_set(&error, ERROR_INTERNAL, -EPROTO, "the daemon sent no object");
		return fail(&error);
	}
	return blob_read(fds.fds[0], *ret_label, SIZE_MAX, ret, &error) < 0 ? fail(&error)
									    : EXIT_DONE;
}

/* Does a file of that name exist with other contents? */
static bool is_taken(int directory, const char *name, const char *object)
{
	cleanup(closep) int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup(blob_done) struct blob blob = {};
	char digest[SHA256_TEXT_SIZE];

	if (fd < 0)
		return errno != ENOENT;
	if (blob_read(fd, name, SIZE_MAX, &blob, NULL) < 0)
		return true;
	blob_sha256(&blob, digest);
	return strcmp(digest, object + strlen(OBJECT_SHA256)) != 0;
}

/*
 * A label is the name of a file on the client that sent it; a label that is a path, or that another object
 * has, is not used.
 */
static int choose_name(int directory, const char *label, const char *object, char **ret)
{
	bool is_usable = *label && *label != '.' && !strchr(label, '/');

	if (is_usable && !is_taken(directory, label, object))
		return asprintf(ret, "%s", label);
	return asprintf(ret, "%s.o", object + strlen(OBJECT_SHA256));
}

/* Objects that are being written to files. */
struct writing {
	const struct invocation *invocation;
	const struct export_file *file;
	const char *directory; /* of the objects */
	int fd;		       /* of `directory` */
	json_t *written;       /* the path of each object that has been written */
};

/* Writes it beside the object, where apply finds it. */
static int write_signature(const struct writing *writing, const char *object, const char *signature,
			   struct error *error)
{
	cleanup(freep) char *name = NULL;

	if (!*signature)
		return 0;
	if (asprintf(&name, "%s.sig", object) < 0) {
		name = NULL;
		return error_memory(error);
	}
	return file_replace(writing->fd, name, signature, strlen(signature), error);
}

static enum exit_status write_object(const struct writing *writing, const char *object, char **ret)
{
	cleanup(error_done) struct error error = {};
	cleanup(blob_done) struct blob blob = {};
	cleanup(freep) char *label = NULL;
	cleanup(freep) char *name = NULL;
	cleanup(freep) char *signature = NULL;
	enum exit_status status = fetch(writing->invocation, object, &blob, &label, &signature);

	if (status != EXIT_DONE)
		return status;
	if (choose_name(writing->fd, label, object, &name) < 0 ||
	    !(*ret = export_file_path(writing->file, writing->directory, name))) {
		error_memory(&error);
		return fail(&error);
	}
	if (write_signature(writing, name, signature, &error) < 0 ||
	    file_replace(writing->fd, name, blob.bytes, blob.size, &error) < 0)
		return fail(&error);
	return EXIT_DONE;
}

/* It becomes a part of the name of a file. */
static enum exit_status check_digest(const char *object)
{
	const size_t prefix = strlen(OBJECT_SHA256);
	cleanup(error_done) struct error error = {};

	if (!strncmp(object, OBJECT_SHA256, prefix) &&
	    strspn(object + prefix, "0123456789abcdef") == SHA256_TEXT_SIZE - 1 &&
	    !object[prefix + SHA256_TEXT_SIZE - 1])
		return EXIT_DONE;
	error_set(&error, ERROR_INTERNAL, -EPROTO, "the daemon sent the invalid digest '%.80s'",
		  object);
	return fail(&error);
}

/* `*ret` is the path of the object's file; a new reference. */
static enum exit_status name_by_path(const struct writing *writing, const char *object,
				     json_t **ret)
{
	enum exit_status status = check_digest(object);
	cleanup(freep) char *path = NULL;

	if (status != EXIT_DONE)
		return status;
	if (!json_object_get(writing->written, object)) {
		status = write_object(writing, object, &path);
		if (status == EXIT_DONE)
			json_object_set_new(writing->written, object, json_string(path));
	}
	*ret = json_incref(json_object_get(writing->written, object));
	return status;
}

static enum exit_status name_all(const struct writing *writing, json_t *component)
{
	json_t *libraries = json_object_get(component, "libraries");
	const char *object = json_string_value(json_object_get(component, "object"));
	enum exit_status status = EXIT_DONE;
	json_t *path;

	if (object) {
		status = name_by_path(writing, object, &path);
		json_object_set_new(component, "object", path);
	}
	for (size_t i = 0; status == EXIT_DONE && i < json_array_size(libraries); i++) {
		status = name_by_path(writing, json_string_value(json_array_get(libraries, i)),
				      &path);
		json_array_set_new(libraries, i, path);
	}
	return status;
}

static enum exit_status write_objects(const struct writing *writing, const json_t *parameters)
{
	enum exit_status status = EXIT_DONE;
	json_t *device, *component;
	size_t i, j;

	json_array_foreach(json_object_get(parameters, "devices"), i, device)
	{
		status = name_all(writing, json_object_get(device, "policy"));
		if (status != EXIT_DONE)
			return status;
		json_array_foreach(json_object_get(device, "components"), j, component)
		{
			status = name_all(writing, component);
			if (status != EXIT_DONE)
				return status;
		}
	}
	return status;
}

static enum exit_status open_place(const char *directory, int *ret)
{
	mkdir(directory, 0777);
	*ret = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret >= 0)
		return EXIT_DONE;
	report_error("cannot open '%s': %s", directory, strerror(errno));
	return EXIT_REFUSED;
}

static enum exit_status answer(const struct invocation *invocation, const json_t *parameters)
{
	cleanup(export_file_close) struct export_file file = { .directory = -1 };
	cleanup(json_decrefp) json_t *written = json_object();
	cleanup(closep) int fd = -1;
	struct writing writing = { invocation, &file, option_given(invocation, "objects"), -1,
				   written };
	enum exit_status status = EXIT_DONE;

	if (writing.directory) /* which may also be the directory of the file */
		status = open_place(writing.directory, &fd);
	writing.fd = fd;
	if (status == EXIT_DONE)
		status = export_file_open(&file, option_given(invocation, "output"));
	if (status == EXIT_DONE && writing.directory)
		status = write_objects(&writing, parameters);
	if (status != EXIT_DONE)
		return status;
	return export_file_write(&file, parameters,
				 invocation->json ? JSON_COMPACT : JSON_INDENT(2));
}

const struct verb verb_export = {
	.name = "export",
	.summary = "Print the current chains as a file for apply.",
	.method = METHOD_EXPORT,
	.options = options,
	.keeps_reply = true,
	.answer = answer,
};
