// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What a packet costs in chains of several lengths, joined in every way there is; prints JSON.
 *   packet-cost [--traced] OBJECTS ROUNDS COUNT [NAME=PROGRAM-ID...]
 * OBJECTS is the directory of the benchmark's objects. All programs are measured in each round, with
 * COUNT packets, and the figures are the medians of the rounds; that of a program which does nothing
 * is taken off. Programs of others, by their ids, are measured in the same rounds. Rates of traced chains are also
 * compared with that of the same chain untraced, round by round. With --traced only these are measured.
 */
#include "base/cleanup.h"
#include "daemon/kernel/ring-buffers.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "tests/support/chain-lab.h"

#include <bpf/bpf.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PROGRAMS_MAX 256
#define ROUNDS_MAX   64
#define RATED_LENGTH 10
#define UNTRACED     "fused"

static const char *const kinds[] = { "nothing", "counter", "parser" };
static const char *const filters = XDP_TOOLS_OBJECTS "/xdpfilt_alw_all.o";
static const size_t lengths[] = { 1, 2, 5, 10, 20, 32 };

/* The first of them is not traced. */
static const struct way {
	const char *name;
	const char *linker;
	bool call_all;
	bool uncounted;
	unsigned int sample; /* one packet in so many is recorded; 0: none */
} ways[] = {
	{ UNTRACED, "fused" },
	{ "fused, uncounted", "fused", .uncounted = true },
	{ "fused with calls", "fused", .call_all = true },
	{ "fused, traced", "fused", .sample = 1 },
	{ "fused, one in 1000 traced", "fused", .sample = 1000 },
	{ "freplace", "freplace" },
	{ "freplace, uncounted", "freplace", .uncounted = true },
};

/* A program to measure. It exists until the process ends. */
struct program {
	const char *kind;
	const char *way;
	size_t length;
	int fd;
	unsigned int verified;
	double ns[ROUNDS_MAX];
	unsigned int kernel_ns;		/* in the last round */
	double rate[ROUNDS_MAX];	/* real packets a second, for chains of RATED_LENGTH */
	const struct program *untraced; /* the same chain; NULL: this one is not traced */
	double share[ROUNDS_MAX];	/* of the untraced chain's rate */
};

struct bench {
	struct lab lab;
	struct ring_buffers buffers;
	struct trace_plan plan;
	const char *objects;
	bool only_traced; /* and what they are compared with */
	size_t n_programs;
	struct program programs[PROGRAMS_MAX];
};

/* A UDP packet that no parser drops. */
static const struct lab_packet packet = {
	.length = 64,
	.bytes = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    0,	   0,  0,  0, 1, 8,  0,
		   0x45, 0,    0,    50,   0,	 0,    0,    0,	   64, 17, 0, 0, 10, 0,
		   0,	 1,    10,   0,	   0,	 2,    0x12, 0x34, 0,  53, 0, 30 },
};

static void add(struct bench *bench, const char *kind, const char *way, size_t length, int fd)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bench->n_programs == PROGRAMS_MAX)
		lab_fail("too many programs");
	bpf_prog_get_info_by_fd(fd, &info, &size);
	bench->programs[bench->n_programs++] = (struct program){ kind, way, length, fd,
								 info.verified_insns };
}

/* The first two pages of a ring buffer. */
struct positions {
	volatile unsigned long *consumer;
	const volatile unsigned long *producer;
};

static struct positions map_positions(int fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct positions positions = {
		mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
		mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)page),
	};

	if (positions.consumer == MAP_FAILED || positions.producer == MAP_FAILED)
		lab_fail("a ring buffer cannot be mapped: %s", errno_name(errno));
	return positions;
}

static const struct program *find(const struct bench *bench, const char *kind, const char *way,
				  size_t length)
{
	for (size_t i = 0; i < bench->n_programs; i++) {
		const struct program *program = &bench->programs[i];

		if (!strcmp(program->kind, kind) && !strcmp(program->way, way) &&
		    program->length == length)
			return program;
	}
	return NULL;
}

/* A reader that is always in time, and skips what it could read. */
static void *read_buffers(void *argument)
{
	const struct ring_buffers *buffers = argument;
	struct positions *positions = calloc(buffers->n_fds, sizeof(*positions));

	if (!positions)
		lab_fail("out of memory");
	for (size_t i = 0; i < buffers->n_fds; i++)
		positions[i] = map_positions(buffers->fds[i]);
	for (;;) {
		for (size_t i = 0; i < buffers->n_fds; i++)
			*positions[i].consumer = *positions[i].producer;
		usleep(100);
	}
	return NULL;
}

static void open_buffers(struct bench *bench)
{
	struct error error = {};
	pthread_t reader;

	if (ring_buffers_open(&bench->buffers, &error) < 0)
		lab_fail("%s", error.message);
	if (pthread_create(&reader, NULL, read_buffers, &bench->buffers) != 0)
		lab_fail("cannot start the reader of the ring buffers");
}

/* Makes one packet in so many be recorded by the chains that are built from now on; 0: none. */
static void trace(struct bench *bench, unsigned int sample)
{
	bench->plan = (struct trace_plan){
		.generation = 1,
		.multi_buffer = bench->lab.features.state[FEATURE_FRAGS].available,
		.loads_bytes = bench->lab.features.state[FEATURE_FRAGS].available,
		.n_tracings = 1,
		.tracings = { { .rings_fd = bench->buffers.map_fd,
				.lost_fd = bench->buffers.lost_fd,
				.sample = sample,
				.snaplen = 128,
				.verdicts = VERDICTS_ALL,
				.component = -1 } },
	};
	bench->lab.trace = sample ? &bench->plan : NULL;
}

/* Adds chains of one way and kind, up to the longest that the kernel accepts. */
static void add_chains(struct bench *bench, const struct way *way, const char *kind,
		       const char *path)
{
	struct linker *linker = lab_linker(&bench->lab, way->linker);
	struct placement placements[ROOTLET_SLOTS];
	size_t loaded = 0;

	trace(bench, way->sample);
	for (size_t i = 0; linker && i < array_size(lengths); i++) {
		struct generation *generation;
		char *why;

		for (; loaded < lengths[i]; loaded++)
			placements[loaded] = (struct placement){
				.name = kind,
				.component = lab_load(&bench->lab, linker, path),
				.proceed = VERDICT_BIT(VERDICT_PASS),
			};
		generation = lab_try_build(&bench->lab, linker, way->call_all, way->uncounted,
					   placements, lengths[i], &why);
		if (generation) {
			add(bench, kind, way->name, lengths[i], generation->rootlet->fd);
			if (way->sample)
				bench->programs[bench->n_programs - 1].untraced =
					find(bench, kind, UNTRACED, lengths[i]);
			continue;
		}
		fprintf(stderr, "without %zu x %s, %s: %s\n", lengths[i], kind, way->name, why);
		free(why);
	}
}

/* Adds programs that clang compiled as one, whose entry function is `entry`. */
static void add_compiled(struct bench *bench, const char *kind, const char *way, const char *infix,
			 const char *entry)
{
	for (size_t i = 0; i < array_size(lengths); i++) {
		struct bpf_object *object;
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s-%s-%zu.o", bench->objects, kind, infix,
			 lengths[i]);
		object = bpf_object__open(path);
		if (!object || bpf_object__load(object) < 0)
			lab_fail("'%s' does not load", path);
		add(bench, kind, way, lengths[i],
		    bpf_program__fd(bpf_object__find_program_by_name(object, entry)));
	}
}

static void add_others(struct bench *bench, int count, char **arguments)
{
	for (int i = 0; i < count; i++) {
		char *equals = strchr(arguments[i], '=');
		int fd = equals ? bpf_prog_get_fd_by_id(strtoul(equals + 1, NULL, 10)) : -1;

		if (fd < 0)
			lab_fail("there is no program '%s'", arguments[i]);
		*equals = '\0';
		add(bench, arguments[i], "given", 0, fd);
	}
}

static bool is_wanted(const struct bench *bench, const struct way *way)
{
	return !bench->only_traced || way->sample || !strcmp(way->name, UNTRACED);
}

static void add_ways(struct bench *bench, const char *kind, const char *path)
{
	for (size_t i = 0; i < array_size(ways); i++)
		if (is_wanted(bench, &ways[i]))
			add_chains(bench, &ways[i], kind, path);
}

static void add_all(struct bench *bench)
{
	struct linker *linker = lab_linker(&bench->lab, "fused");
	char path[4096];

	add(bench, "empty", "loop", 0,
	    lab_build(&bench->lab, linker, false, false, NULL, 0)->rootlet->fd);
	for (size_t i = 0; i < array_size(kinds); i++) {
		snprintf(path, sizeof(path), "%s/%s.o", bench->objects, kinds[i]);
		add_ways(bench, kinds[i], path);
		if (bench->only_traced)
			continue;
		add_compiled(bench, kinds[i], "by hand", "hand", "bench");
		add_compiled(bench, kinds[i], "tail calls", "tail", "bench_0");
	}
	if (!bench->only_traced && access(filters, R_OK) == 0)
		add_ways(bench, "xdp-filter", filters);
}

static int compare(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;

	return (difference > 0) - (difference < 0);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static void print(struct bench *bench, size_t rounds)
{
	json_t *list = json_array();
	double empty = median(bench->programs[0].ns, rounds);

	for (size_t i = 0; i < bench->n_programs; i++) {
		struct program *program = &bench->programs[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:I}", "kind",
						program->kind, "way", program->way, "length",
						(json_int_t)program->length, "kernel_ns",
						(json_int_t)program->kernel_ns, "ns",
						median(program->ns, rounds) - (i ? empty : 0),
						"rate", median(program->rate, rounds), "share",
						median(program->share, rounds), "verified",
						(json_int_t)program->verified));
	}
	json_dumpf(list, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(list);
}

static void measure(struct program *program, size_t round, unsigned int count)
{
	program->ns[round] = lab_time(program->fd, &packet, count, &program->kernel_ns);
	if (program->length == RATED_LENGTH)
		program->rate[round] = lab_rate(program->fd, &packet, count);
}

/* In every second round backwards, so that no program always comes after a certain other one. */
static void measure_all(struct bench *bench, size_t round, unsigned int count)
{
	size_t n = bench->n_programs;

	for (size_t i = 0; i < n; i++)
		measure(&bench->programs[round % 2 ? n - 1 - i : i], round, count);
	for (size_t i = 0; i < n; i++) {
		struct program *program = &bench->programs[i];

		if (program->untraced && program->untraced->rate[round] > 0)
			program->share[round] = program->rate[round] /
						program->untraced->rate[round];
	}
}

/* Removes all pins, also those by name; the programs stay loaded while their fds are open. */
static void remove_pins(const struct bench *bench)
{
	char command[256];

	snprintf(command, sizeof(command), "find '%s' -depth -delete", bench->lab.directory);
	if (system(command) != 0)
		lab_fail("'%s' is still there", bench->lab.directory);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	size_t rounds;
	unsigned int count;

	bench.only_traced = argc > 1 && !strcmp(argv[1], "--traced");
	argc -= bench.only_traced;
	argv += bench.only_traced;
	rounds = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
	count = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	if (!rounds || rounds > ROUNDS_MAX || !count)
		lab_fail("usage: packet-cost [--traced] OBJECTS ROUNDS COUNT [NAME=PROGRAM-ID...]");
	bench.objects = argv[1];
	lab_open(&bench.lab);
	open_buffers(&bench);
	add_all(&bench);
	add_others(&bench, argc - 4, argv + 4);
	measure(&bench.programs[0], 0, count); /* the first run is slower than others */
	for (size_t round = 0; round < rounds; round++)
		measure_all(&bench, round, count);
	print(&bench, rounds);
	remove_pins(&bench);
	return EXIT_SUCCESS;
}
