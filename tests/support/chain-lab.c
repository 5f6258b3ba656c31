// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "tests/support/chain-lab.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/code-recorder.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "object/libbpf-log.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define OBJECT_MAX (16 << 20)

/* The loopback device has this index in every network namespace. */
#define LOOPBACK_IFINDEX 1

void lab_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

static void must(int result, const struct error *error)
{
	if (result < 0)
		lab_fail("%s\n%s", error->message ?: "out of memory", error->detail ?: "");
}

void lab_open(struct lab *lab)
{
	cleanup(error_done) struct error error = {};

	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 65536, 65536 });
	libbpf_log_init();
	*lab = (struct lab){};
	must(code_recorder_init(&error), &error);
	must(features_probe(&lab->features, &error), &error);
	snprintf(lab->directory, sizeof(lab->directory), "/sys/fs/bpf/xdpd-lab-%d", getpid());
	must(pin_directories_init(&lab->directories, lab->directory, "", &error), &error);
	/* Maps that ask to be pinned by name must not meet those of others. */
	free(lab->directories.map_root);
	lab->directories.map_root = strdup(lab->directory);
}

void lab_close(struct lab *lab)
{
	rmdir(lab->directories.components);
	rmdir(lab->directories.generations);
	rmdir(lab->directories.devices);
	rmdir(lab->directories.maps);
	rmdir(lab->directory);
	pin_directories_done(&lab->directories);
}

struct linker *lab_linker(struct lab *lab, const char *name)
{
	cleanup(error_done) struct error error = {};
	struct linker *linker = NULL;
	char why[256];

	if (!strcmp(name, "freplace") && !lab->features.state[FEATURE_FREPLACE].available)
		return NULL;
	must(linker_open(name, &lab->features, &linker, why, sizeof(why), &error), &error);
	return linker;
}

static void *load_error(const struct error *error, char **why)
{
	if (asprintf(why, "%s%s%s", error->message ?: "out of memory", error->detail ? "\n" : "",
		     error->detail ?: "") < 0)
		*why = NULL;
	return NULL;
}

/* What to load from an object; everything except the path may be NULL. */
struct choice {
	const char *path;
	const char *program;
	const char *slot;
	bool is_policy;
	const struct component *policy;
};

static struct component *try_load(struct lab *lab, struct linker *linker,
				  const struct choice *chosen, char **why)
{
	cleanup(error_done) struct error error = {};
	cleanup(object_done) struct object object = {};
	cleanup(component_spec_done) struct component_spec spec = {};
	struct load_options options = {
		.spec = &spec,
		.object = &object,
		.attach_type = linker->attach_type,
		.is_policy = chosen->is_policy,
		.policy = chosen->policy,
		.directories = &lab->directories,
	};
	struct component *component = NULL;
	struct program_choice choice = {};
	int fd = open(chosen->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		lab_fail("cannot open '%s': %s", chosen->path, errno_name(errno));
	must(blob_read(fd, chosen->path, OBJECT_MAX, &object.blob, &error), &error);
	close(fd);
	object.label = strdup(chosen->path);
	blob_sha256(&object.blob, object.sha256);
	if (chosen->program)
		snprintf(choice.name, sizeof(choice.name), "%s", chosen->program);
	else
		must(object_choose(&object, NULL, &choice, &error), &error);
	must(component_spec_init(&object, choice.name, &spec, &error), &error);
	if (chosen->slot)
		must(component_spec_set_slot(&spec, chosen->slot, &error), &error);
	options.frags = choice.frags;
	if (linker->type->load(linker, &options, &component, &error) < 0)
		return load_error(&error, why);
	return component;
}

struct component *lab_try_load(struct lab *lab, struct linker *linker, const char *path, char **why)
{
	return try_load(lab, linker, &(struct choice){ .path = path }, why);
}

static struct component *must_load(struct lab *lab, struct linker *linker,
				   const struct choice *chosen)
{
	char *why;
	struct component *component = try_load(lab, linker, chosen, &why);

	if (!component)
		lab_fail("%s", why);
	return component;
}

struct component *lab_load_policy(struct lab *lab, struct linker *linker, const char *path)
{
	return must_load(lab, linker, &(struct choice){ .path = path, .is_policy = true });
}

struct component *lab_load_for_slot(struct lab *lab, struct linker *linker, const char *path,
				    const char *program, const char *slot,
				    const struct component *policy)
{
	return must_load(
		lab, linker,
		&(struct choice){
			.path = path, .program = program, .slot = slot, .policy = policy });
}

struct component *lab_load(struct lab *lab, struct linker *linker, const char *path)
{
	return must_load(lab, linker, &(struct choice){ .path = path });
}

static struct generation *try_build(struct linker *linker, const struct blueprint *blueprint,
				    char **why)
{
	cleanup(error_done) struct error error = {};
	struct generation *generation = NULL;

	if (linker->type->build(linker, blueprint, &generation, &error) < 0)
		return load_error(&error, why);
	return generation;
}

struct generation *lab_try_build(struct lab *lab, struct linker *linker, bool call_all,
				 bool uncounted, const struct placement *placements,
				 size_t n_placements, char **why)
{
	static uint64_t number;
	const struct blueprint blueprint = {
		.generation = ++number,
		.device = 1,
		.attach_type = linker->attach_type,
		.call_all = call_all,
		.uncounted = uncounted,
		.n_placements = n_placements,
		.placements = placements,
		.pin_directory = lab->directories.generations,
		.trace = lab->trace,
	};

	return try_build(linker, &blueprint, why);
}

struct generation *lab_try_build_policy(struct lab *lab, struct linker *linker,
					struct component *policy,
					const struct placement *placements, size_t n_placements,
					char **why)
{
	const struct blueprint blueprint = {
		.generation = 1,
		.device = 2,
		.attach_type = linker->attach_type,
		.policy = policy,
		.n_placements = n_placements,
		.placements = placements,
		.pin_directory = lab->directories.generations,
		.trace = lab->trace,
	};

	return try_build(linker, &blueprint, why);
}

struct generation *lab_build(struct lab *lab, struct linker *linker, bool call_all, bool uncounted,
			     const struct placement *placements, size_t n_placements)
{
	char *why;
	struct generation *generation = lab_try_build(lab, linker, call_all, uncounted, placements,
						      n_placements, &why);

	if (!generation)
		lab_fail("%s", why);
	return generation;
}

uint32_t lab_run(int program_fd, struct lab_packet *packet)
{
	unsigned char before[LAB_PACKET_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = before, .data_size_in = packet->length,
		    .data_out = packet->bytes, .data_size_out = sizeof(packet->bytes), .repeat = 1);

	memcpy(before, packet->bytes, packet->length);
	if (bpf_prog_test_run_opts(program_fd, &options) < 0)
		lab_fail("the kernel does not run a packet of %zu bytes: %s", packet->length,
			 errno_name(errno));
	packet->length = options.data_size_out;
	return options.retval;
}

double lab_rate(int program_fd, const struct lab_packet *packet, unsigned int count)
{
	struct xdp_md context = { .data_end = packet->length, .ingress_ifindex = LOOPBACK_IFINDEX };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet->bytes,
		    .data_size_in = packet->length, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = count,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	struct timespec begin, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	if (bpf_prog_test_run_opts(program_fd, &options) < 0)
		return 0;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return count / ((end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9);
}

double lab_time(int program_fd, const struct lab_packet *packet, unsigned int count,
		unsigned int *ret_kernel)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet->bytes,
		    .data_size_in = packet->length, .repeat = count);
	struct timespec begin, end;

	/* The kernel may run other threads meanwhile, whose time must not count. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	if (bpf_prog_test_run_opts(program_fd, &options) < 0)
		lab_fail("the kernel does not run packets: %s", errno_name(errno));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	*ret_kernel = options.duration;
	return ((end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec)) / count;
}
