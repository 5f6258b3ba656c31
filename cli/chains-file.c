// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/chains-file.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/open.h"
#include "cli/signatures.h"
#include "ipc/codec.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A chain file that is becoming a request. */
struct reading {
	const char *path;
	int directory; /* the directory of the file */
	struct apply_request *request;
	char (*digests)[SHA256_TEXT_SIZE]; /* of the request's objects */
	struct blob *signatures;	   /* of the same */
	struct error error;
};

static void reading_done(struct reading *reading)
{
	closep(&reading->directory);
	free(reading->digests);
	for (size_t i = 0; reading->signatures && i < FDS_MAX; i++)
		blob_done(&reading->signatures[i]);
	free(reading->signatures);
	error_done(&reading->error);
}

static enum exit_status refuse(const struct reading *reading)
{
	report_error("%s", reading->error.message ?: "out of memory");
	return EXIT_REFUSED;
}

/* Opening a directory does not fail, and for JSON it looks like an empty file. */
static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum exit_status show_problem(const char *path, const json_error_t *problem)
{
	report_error("%s: line %d, column %d: %s", path, problem->line, problem->column,
		     problem->text);
	return EXIT_REFUSED;
}

static enum exit_status load(const char *path, json_t **ret)
{
	json_error_t problem;

	if (is_directory(path)) {
		report_error("cannot read '%s': %s", path, strerror(EISDIR));
		return EXIT_REFUSED;
	}
	*ret = strcmp(path, "-") ? json_load_file(path, JSON_REJECT_DUPLICATES, &problem)
				 : json_loadf(stdin, JSON_REJECT_DUPLICATES, &problem);
	if (*ret)
		return EXIT_DONE;
	if (problem.line > 0)
		return show_problem(path, &problem);
	report_error("cannot open '%s': %s", path, strerror(errno));
	return EXIT_REFUSED;
}

/* Does not wait for other processes, as a FIFO would. */
static enum exit_status load_regular(const char *path, json_t **ret)
{
	cleanup(closep) int fd = file_open(AT_FDCWD, path, true);
	json_error_t problem;

	if (fd < 0) {
		report_error("cannot open '%s': %s", path, file_open_reason(fd));
		return EXIT_REFUSED;
	}
	*ret = json_loadfd(fd, JSON_REJECT_DUPLICATES, &problem);
	return *ret ? EXIT_DONE : show_problem(path, &problem);
}

/* Objects are found relative to it. */
static int open_directory(struct reading *reading)
{
	cleanup(freep) char *copy = strdup(reading->path);
	char *slash = copy ? strrchr(copy, '/') : NULL;
	const char *name = ".";

	if (slash) {
		slash[slash == copy] = '\0';
		name = copy;
	}
	reading->directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy && reading->directory >= 0)
		return 0;
	return error_set(&reading->error, ERROR_INVALID_ARGUMENT, -errno, "cannot open '%s': %s",
			 name, strerror(errno));
}

/* If two files have the same contents, perhaps only one of them has a signature. */
static void add_signature(struct reading *reading, size_t number, struct blob *signature)
{
	if (reading->signatures[number].size)
		return;
	reading->signatures[number] = *signature;
	*signature = (struct blob){};
}

/* Adds the object to those that are sent, unless it is there already; keeps or closes the descriptor. */
static int add_object(struct reading *reading, int fd, const char *digest, struct blob *signature)
{
	struct descriptors *objects = &reading->request->objects;

	for (size_t i = 0; i < objects->n_items; i++)
		if (!strcmp(reading->digests[i], digest)) {
			close(fd);
			add_signature(reading, i, signature);
			return 0;
		}
	if (objects->n_items == FDS_MAX) {
		close(fd);
		return error_set(&reading->error, ERROR_INVALID_ARGUMENT, -E2BIG,
				 "the file names more than %d objects; split it into several files",
				 FDS_MAX);
	}
	strcpy(reading->digests[objects->n_items], digest);
	add_signature(reading, objects->n_items, signature);
	objects->items[objects->n_items++] = fd;
	return 0;
}

/* Replaces the path of the object by its digest, unless it is a digest already. */
static int take_object(struct reading *reading, const char *signed_in, char **object)
{
	cleanup(blob_done) struct blob blob = {};
	cleanup(blob_done) struct blob signature = {};
	cleanup(closep) int fd = -1;
	char digest[SHA256_TEXT_SIZE];
	int result;

	if (!*object || !strncmp(*object, OBJECT_SHA256, strlen(OBJECT_SHA256)))
		return signed_in ? error_set(&reading->error, ERROR_INVALID_ARGUMENT, -EINVAL,
					     "a signature needs an object that is named by its "
					     "path")
				 : 0;
	fd = openat(reading->directory, *object, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_set(&reading->error, ERROR_INVALID_ARGUMENT, -errno,
				 "cannot open '%s': %s", *object, strerror(errno));
	result = blob_read(fd, *object, OBJECT_SIZE_MAX, &blob, &reading->error)
			 ?: signature_read(reading->directory, *object, signed_in, &signature,
					   &reading->error);
	if (result < 0)
		return result;
	blob_sha256(&blob, digest);
	free(steal(*object));
	if (asprintf(object, OBJECT_SHA256 "%s", digest) < 0) {
		*object = NULL;
		return error_memory(&reading->error);
	}
	return add_object(reading, steal_fd(&fd), digest, &signature);
}

static int take_component(struct reading *reading, struct chain_component *component)
{
	int result = take_object(reading, component->signature, &component->object);

	/* The daemon gets the contents instead. */
	free(steal(component->signature));
	if (result < 0)
		error_prefix(&reading->error, "object: ");
	for (size_t i = 0; result == 0 && i < component->libraries.n_items; i++) {
		result = take_object(reading, NULL, &component->libraries.items[i]);
		if (result < 0)
			error_prefix(&reading->error, "libraries[%zu]: ", i);
	}
	return result;
}

static int take_objects(struct reading *reading)
{
	const struct chain_device *devices = reading->request->devices.items;
	int result = 0;

	for (size_t i = 0; i < reading->request->devices.n_items; i++) {
		struct chain_component *components = devices[i].components.items;

		if (devices[i].policy)
			result = take_component(reading, devices[i].policy);
		if (result < 0) {
			error_prefix(&reading->error, "%s: devices[%zu].policy.", reading->path, i);
			return result;
		}
		for (size_t j = 0; j < devices[i].components.n_items; j++) {
			result = take_component(reading, &components[j]);
			if (result == 0)
				continue;
			error_prefix(&reading->error, "%s: devices[%zu].components[%zu].",
				     reading->path, i, j);
			return result;
		}
	}
	return 0;
}

/* Opens the pinned maps that components share, in their order. */
static enum exit_status take_pins(struct apply_request *request)
{
	const struct chain_device *devices = request->devices.items;
	enum exit_status status = EXIT_DONE;

	for (size_t i = 0; i < request->devices.n_items; i++) {
		const struct chain_component *components = devices[i].components.items;

		for (size_t j = 0; status == EXIT_DONE && j < devices[i].components.n_items; j++)
			status = open_pins(&components[j].component.share_maps, &request->pins);
	}
	if (status != EXIT_DONE ||
	    request->objects.n_items + request->pins.n_items + (request->signatures >= 0) <=
		    FDS_MAX)
		return status;
	report_error("the file names more than %d objects and pinned maps; split it into "
		     "several files",
		     FDS_MAX);
	return EXIT_REFUSED;
}

static enum exit_status read_chains(const char *path,
				    enum exit_status (*load)(const char *path, json_t **ret),
				    struct apply_request *request)
{
	cleanup(reading_done) struct reading reading = { path, -1, request };
	cleanup(json_decrefp) json_t *document = NULL;
	struct chains chains = {};
	enum exit_status status = load(path, &document);
	int result;

	if (status != EXIT_DONE)
		return status;
	request->objects.items = calloc(FDS_MAX, sizeof(*request->objects.items));
	reading.digests = calloc(FDS_MAX, sizeof(*reading.digests));
	reading.signatures = calloc(FDS_MAX, sizeof(*reading.signatures));
	if (!request->objects.items || !reading.digests || !reading.signatures)
		return refuse(&reading);
	result = document_decode(&chains_type, document, path, &chains, &reading.error);
	request->devices = chains.devices; /* even if incomplete: freed with the request */
	if (result == 0)
		result = open_directory(&reading);
	if (result == 0)
		result = take_objects(&reading);
	if (result == 0)
		result = signatures_pack(request->objects.n_items, reading.signatures,
					 &request->signatures, &reading.error);
	return result < 0 ? refuse(&reading) : take_pins(request);
}

enum exit_status chains_file_read(const char *path, struct apply_request *request)
{
	return read_chains(path, load, request);
}

enum exit_status chains_file_read_regular(const char *path, struct apply_request *request)
{
	return read_chains(path, load_regular, request);
}
