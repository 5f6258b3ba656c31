#define _GNU_SOURCE
#include "cli/chains-file.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/open.h"
#include "ipc/codec.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A file on its way to become a request. */
struct reading {
	const char *path;
	int directory; /* that it is in */
	struct apply_request *request;
	char (*digests)[SHA256_TEXT_SIZE]; /* of the request's objects */
	struct error error;
};

static void reading_done(struct reading *reading)
{
	closep(&reading->directory);
	free(reading->digests);
	error_done(&reading->error);
}

static enum exit_status refuse(const struct reading *reading)
{
	report_error("%s", reading->error.message ?: "out of memory");
	return EXIT_REFUSED;
}

static enum exit_status load(const char *path, json_t **ret)
{
	json_error_t problem;

	*ret = strcmp(path, "-") ? json_load_file(path, JSON_REJECT_DUPLICATES, &problem)
				 : json_loadf(stdin, JSON_REJECT_DUPLICATES, &problem);
	if (*ret)
		return EXIT_DONE;
	if (problem.line > 0)
		report_error("%s: line %d, column %d: %s", path, problem.line, problem.column,
			     problem.text);
	else
		report_error("cannot open '%s': %s", path, strerror(errno));
	return EXIT_REFUSED;
}

/* Objects are looked for from there. */
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

/* The number of the object with that content among those to be sent; keeps or closes the descriptor. */
static int add_object(struct reading *reading, int fd, const char *digest)
{
	struct descriptors *objects = &reading->request->objects;

	for (size_t i = 0; i < objects->n_items; i++)
		if (!strcmp(reading->digests[i], digest)) {
			close(fd);
			return 0;
		}
	if (objects->n_items == FDS_MAX) {
		close(fd);
		return error_set(&reading->error, ERROR_INVALID_ARGUMENT, -E2BIG,
				 "the file names more than %d objects; split it into several files",
				 FDS_MAX);
	}
	strcpy(reading->digests[objects->n_items], digest);
	objects->items[objects->n_items++] = fd;
	return 0;
}

/* Names it by its content from now on, unless it is so already. */
static int take_object(struct reading *reading, char **object)
{
	cleanup(blob_done) struct blob blob = {};
	cleanup(closep) int fd = -1;
	char digest[SHA256_TEXT_SIZE];
	int result;

	if (!*object || !strncmp(*object, OBJECT_SHA256, strlen(OBJECT_SHA256)))
		return 0;
	fd = openat(reading->directory, *object, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_set(&reading->error, ERROR_INVALID_ARGUMENT, -errno,
				 "cannot open '%s': %s", *object, strerror(errno));
	result = blob_read(fd, *object, OBJECT_SIZE_MAX, &blob, &reading->error);
	if (result < 0)
		return result;
	blob_sha256(&blob, digest);
	free(steal(*object));
	if (asprintf(object, OBJECT_SHA256 "%s", digest) < 0) {
		*object = NULL;
		return error_memory(&reading->error);
	}
	return add_object(reading, steal_fd(&fd), digest);
}

static int take_component(struct reading *reading, struct chain_component *component)
{
	int result = take_object(reading, &component->object);

	if (result < 0)
		error_prefix(&reading->error, "object: ");
	for (size_t i = 0; result == 0 && i < component->libraries.n_items; i++) {
		result = take_object(reading, &component->libraries.items[i]);
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

/* The maps that components share from pins, in their order. */
static enum exit_status take_pins(struct apply_request *request)
{
	const struct chain_device *devices = request->devices.items;
	enum exit_status status = EXIT_DONE;

	for (size_t i = 0; i < request->devices.n_items; i++) {
		const struct chain_component *components = devices[i].components.items;

		for (size_t j = 0; status == EXIT_DONE && j < devices[i].components.n_items; j++)
			status = open_pins(&components[j].component.share_maps, &request->pins);
	}
	if (status != EXIT_DONE || request->objects.n_items + request->pins.n_items <= FDS_MAX)
		return status;
	report_error("the file names more than %d objects and pinned maps; split it into "
		     "several files",
		     FDS_MAX);
	return EXIT_REFUSED;
}

enum exit_status chains_file_read(const char *path, struct apply_request *request)
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
	if (!request->objects.items || !reading.digests)
		return refuse(&reading);
	result = document_decode(&chains_type, document, path, &chains, &reading.error);
	request->devices = chains.devices; /* half of them, too: they go with the request */
	if (result == 0)
		result = open_directory(&reading);
	if (result == 0)
		result = take_objects(&reading);
	return result < 0 ? refuse(&reading) : take_pins(request);
}
