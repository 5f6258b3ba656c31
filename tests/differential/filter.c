// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Runs packets through filters that the daemon has translated, in the kernel, and compares the results with
 * those of libpcap's interpreter; and compares which filters the daemon accepts with the kernel's own check
 * of classic BPF.
 *   filter COMPARISONS [SEED]      speaks TAP; a failure prints the seed
 */
#define _GNU_SOURCE
#include "daemon/linkers/codegen/filter.h"
#include "base/cleanup.h"
#include "broker/program-load.h"
#include "object/instruction.h"
#include "object/verifier-log.h"
#include "tests/differential/filter-oracle.h"
#include "tests/differential/packet-maker.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define POOL	       4096 /* packets */
#define EXPRESSION_MAX 512
#define RANDOM_FILTERS 300
#define RANDOM_LENGTH  48

struct comparison {
	uint64_t state; /* of chance() */
	struct packet *pool;
	size_t n_compared, n_matched;
	char failure[1024]; /* "": none yet */
};

static void __attribute__((format(printf, 2, 3)))
fail(struct comparison *comparison, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(comparison->failure, sizeof(comparison->failure), format, arguments);
	va_end(arguments);
}

static void filter_codep(struct filter_code *code)
{
	filter_code_done(code);
}

/* An XDP program that returns the filter's result, or a negative errno. */
static int load_program(const struct filter_code *code, char *log, size_t log_size)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_buf = log, .log_size = log_size,
		    .log_level = log ? VERIFIER_LOG_REASONS : 0);
	cleanup(freep) struct bpf_insn *program = calloc(code->n_instructions + 2,
							 sizeof(*program));

	if (!program)
		abort();
	program[0] = move(BPF_REG_6, BPF_REG_1);
	memcpy(program + 1, code->instructions, code->n_instructions * sizeof(*program));
	program[code->n_instructions + 1] = INSTRUCTION_EXIT;
	return program_load(BPF_PROG_TYPE_XDP, "filter", "GPL", program, code->n_instructions + 2,
			    &options);
}

/* The kernel refused it: the failure has the last lines of the verifier's log. */
static void fail_refused(struct comparison *comparison, const char *name,
			 const struct filter_code *code, int failure)
{
	cleanup(freep) char *log = calloc(1, VERIFIER_LOG_SIZE);
	cleanup(freep) char *digest = NULL;
	cleanup(closep) int again = -1;

	if (!log)
		abort();
	again = load_program(code, log, VERIFIER_LOG_SIZE);
	digest = verifier_log_digest(log);
	fail(comparison, "the kernel refused the translation of '%s': %s (loaded again: %s): %s",
	     name, strerror(-failure), again < 0 ? strerror(-again) : "accepted",
	     digest ?: "no log");
}

static uint32_t run_program(int fd, const struct packet *packet)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet->bytes,
		    .data_size_in = packet->length, .repeat = 1);

	if (bpf_prog_test_run_opts(fd, &run) < 0) {
		perror("Bail out! cannot run a program");
		exit(1);
	}
	return run.retval;
}

/* Compares both on so many packets. False: they differ, and the failure is described. */
static bool compare(struct comparison *comparison, const char *name, size_t n,
		    const struct sock_filter *filter, size_t n_packets)
{
	static const struct filter_place place = { .context_register = BPF_REG_6,
						   .stack_offset = -FILTER_STACK_SIZE - 8 };
	cleanup(filter_codep) struct filter_code code = {};
	cleanup(error_done) struct error error = {};
	cleanup(closep) int fd = -1;

	if (filter_translate(n, filter, &place, &code, &error) < 0) {
		fail(comparison, "'%s' is refused: %s", name, error.message);
		return false;
	}
	fd = load_program(&code, NULL, 0);
	if (fd < 0) {
		fail_refused(comparison, name, &code, fd);
		return false;
	}
	for (size_t i = 0; i < n_packets; i++) {
		const struct packet *packet = &comparison->pool[chance(&comparison->state, POOL)];
		uint32_t expected = oracle_run(filter, packet->bytes, packet->length);
		uint32_t result = run_program(fd, packet);

		comparison->n_compared++;
		comparison->n_matched += expected != 0;
		if (result == expected)
			continue;
		fail(comparison,
		     "'%s': the translation returned %#x, libpcap %#x, for packet %zu of %zu bytes",
		     name, result, expected, packet - comparison->pool, packet->length);
		return false;
	}
	return true;
}

static void compare_expression(struct comparison *comparison, const char *expression,
			       size_t n_packets)
{
	struct oracle_filter filter;
	const char *problem;

	if (!oracle_compile(expression, &filter, &problem)) {
		fail(comparison, "libpcap refused '%s': %s", expression, problem);
		return;
	}
	compare(comparison, expression, filter.n_instructions, filter.instructions, n_packets);
	oracle_filter_done(&filter);
}

static void closefilep(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* Reads the next line that is not a comment, without its line end. */
static bool next_expression(FILE *file, char text[static EXPRESSION_MAX])
{
	do {
		if (!fgets(text, EXPRESSION_MAX, file))
			return false;
	} while (*text == '#');
	text[strcspn(text, "\n")] = '\0';
	return true;
}

static size_t count_expressions(void)
{
	cleanup(closefilep) FILE *file = fopen(EXPRESSIONS, "r");
	char text[EXPRESSION_MAX];
	size_t n = 0;

	while (file && next_expression(file, text))
		n++;
	return n;
}

static void compare_expressions(struct comparison *comparison, size_t n_comparisons)
{
	cleanup(closefilep) FILE *file = fopen(EXPRESSIONS, "r");
	size_t n = count_expressions();
	char text[EXPRESSION_MAX];

	if (n == 0)
		fail(comparison, "cannot read '%s'", EXPRESSIONS);
	while (!*comparison->failure && next_expression(file, text))
		compare_expression(comparison, text, n_comparisons / n + 1);
}

#define SOURCES(code) (code) | BPF_K, (code) | BPF_X

static const uint16_t codes[] = {
	BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_H | BPF_ABS,
	BPF_LD | BPF_B | BPF_ABS,
	BPF_LD | BPF_W | BPF_IND,
	BPF_LD | BPF_H | BPF_IND,
	BPF_LD | BPF_B | BPF_IND,
	BPF_LD | BPF_IMM,
	BPF_LD | BPF_LEN,
	BPF_LD | BPF_MEM,
	BPF_LDX | BPF_IMM,
	BPF_LDX | BPF_LEN,
	BPF_LDX | BPF_MEM,
	BPF_LDX | BPF_B | BPF_MSH,
	BPF_ST,
	BPF_STX,
	SOURCES(BPF_ALU | BPF_ADD),
	SOURCES(BPF_ALU | BPF_SUB),
	SOURCES(BPF_ALU | BPF_MUL),
	SOURCES(BPF_ALU | BPF_DIV),
	SOURCES(BPF_ALU | BPF_MOD),
	SOURCES(BPF_ALU | BPF_AND),
	SOURCES(BPF_ALU | BPF_OR),
	SOURCES(BPF_ALU | BPF_XOR),
	SOURCES(BPF_ALU | BPF_LSH),
	SOURCES(BPF_ALU | BPF_RSH),
	BPF_ALU | BPF_NEG,
	BPF_JMP | BPF_JA,
	SOURCES(BPF_JMP | BPF_JEQ),
	SOURCES(BPF_JMP | BPF_JGT),
	SOURCES(BPF_JMP | BPF_JGE),
	SOURCES(BPF_JMP | BPF_JSET),
	BPF_RET | BPF_K,
	BPF_RET | BPF_A,
	BPF_MISC | BPF_TAX,
	BPF_MISC | BPF_TXA,
};

/* A constant that makes sense for the instruction, most of the time. */
static uint32_t random_constant(uint64_t *state, uint16_t code)
{
	static const uint32_t edges[] = { 0,	  1,	  31,	      32,	  0xffff,    0xfffb,
					  0xfffc, 0xfffe, 0x7fffffff, 0x80000000, 0xffffffff };
	int class = BPF_CLASS(code);

	if (class == BPF_ST || class == BPF_STX || BPF_MODE(code) == BPF_MEM)
		return chance(state, BPF_MEMWORDS);
	if (class == BPF_ALU && (BPF_OP(code) == BPF_LSH || BPF_OP(code) == BPF_RSH))
		return chance(state, 32);
	if (chance(state, 10) == 0)
		return edges[chance(state, array_size(edges))];
	if (class == BPF_LD || class == BPF_LDX)
		return chance(state, 70);
	return chance(state, 2) ? chance(state, 256) : chance(state, INT32_MAX) * 2 + 1;
}

static struct sock_filter random_instruction(uint64_t *state, size_t left)
{
	uint16_t code = codes[chance(state, array_size(codes))];
	struct sock_filter filter = { .code = code, .k = random_constant(state, code) };

	if (code == (BPF_JMP | BPF_JA)) {
		filter.k = chance(state, left < 4 ? left : 4);
	} else if (BPF_CLASS(code) == BPF_JMP) {
		filter.jt = chance(state, left < 4 ? left : 4);
		filter.jf = chance(state, left < 4 ? left : 4);
	}
	return filter;
}

/* X becomes small now and then, so that loads relative to it find something. */
static size_t random_filter(uint64_t *state, struct sock_filter ret[static RANDOM_LENGTH])
{
	size_t n = 2 + chance(state, RANDOM_LENGTH - 1), i = 0;
	bool writes_memory = chance(state, 2);

	for (; writes_memory && i < BPF_MEMWORDS && i + 1 < n; i++)
		ret[i] = (struct sock_filter){ .code = BPF_ST, .k = i };
	for (; i + 1 < n; i++) {
		ret[i] = random_instruction(state, n - i - 1);
		if (BPF_CLASS(ret[i].code) == BPF_RET && chance(state, 4))
			ret[i].code = BPF_LD | BPF_B | BPF_ABS;
		if (BPF_MODE(ret[i].code) == BPF_IND && BPF_CLASS(ret[i].code) == BPF_LD &&
		    chance(state, 2))
			ret[i] = (struct sock_filter){ .code = BPF_LDX | BPF_B | BPF_MSH, .k = 14 };
	}
	ret[n - 1] = (struct sock_filter){ .code = BPF_RET | BPF_A };
	return n;
}

static void compare_random_filters(struct comparison *comparison, size_t n_comparisons)
{
	struct sock_filter filter[RANDOM_LENGTH];
	size_t n_filters = 0;

	while (!*comparison->failure && n_filters < RANDOM_FILTERS) {
		size_t n = random_filter(&comparison->state, filter);

		if (filter_check(n, filter, NULL) < 0)
			continue;
		n_filters++;
		compare(comparison, "random filter", n, filter, n_comparisons / RANDOM_FILTERS + 1);
	}
}

/* A field that makes no sense. */
static void spoil(uint64_t *state, size_t n, struct sock_filter *filter)
{
	struct sock_filter *spoilt = &filter[chance(state, n)];

	switch (chance(state, 6)) {
	case 0:
		spoilt->code = chance(state, 65536);
		break;
	case 1:
		spoilt->code = chance(state, 256);
		break;
	case 2:
		spoilt->jt = chance(state, 256);
		break;
	case 3:
		spoilt->jf = chance(state, 256);
		break;
	case 4:
		spoilt->k = chance(state, INT32_MAX) * 2;
		break;
	case 5:
		spoilt->k = chance(state, 40);
		break;
	}
}

/* Loads with which the kernel means data outside the packet, and which the daemon refuses. */
static bool has_negative_load(size_t n, const struct sock_filter *filter)
{
	for (size_t i = 0; i < n; i++)
		if (BPF_CLASS(filter[i].code) == BPF_LD && BPF_MODE(filter[i].code) == BPF_ABS &&
		    filter[i].k >= (uint32_t)SKF_LL_OFF)
			return true;
	return false;
}

static void compare_checks(struct comparison *comparison, size_t n_filters)
{
	cleanup(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sock_filter filter[RANDOM_LENGTH];

	for (size_t i = 0; !*comparison->failure && i < n_filters; i++) {
		size_t n = random_filter(&comparison->state, filter);
		const struct sock_fprog program = { n, filter };
		bool is_accepted, is_accepted_by_kernel;

		if (chance(&comparison->state, 2))
			spoil(&comparison->state, n, filter);
		is_accepted = filter_check(n, filter, NULL) == 0;
		is_accepted_by_kernel = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
						   sizeof(program)) == 0;
		comparison->n_compared++;
		comparison->n_matched += is_accepted;
		if (is_accepted != (is_accepted_by_kernel && !has_negative_load(n, filter)))
			fail(comparison, "a filter of %zu instructions is %s, and %s by the kernel",
			     n, is_accepted ? "accepted" : "refused",
			     is_accepted_by_kernel ? "accepted" : "refused");
	}
}

static void report(struct comparison *comparison, int number, const char *name)
{
	printf("# %zu comparisons, %zu matched\n", comparison->n_compared, comparison->n_matched);
	if (*comparison->failure)
		printf("# %s\n", comparison->failure);
	printf("%sok %d - %s\n", *comparison->failure ? "not " : "", number, name);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	size_t n_comparisons = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	uint64_t seed = argc > 2 ? strtoul(argv[2], NULL, 10) : (uint64_t)time(NULL);
	struct comparison expressions = { .state = seed ?: 1 };
	struct comparison random = expressions, checks = expressions;

	if (n_comparisons == 0) {
		fprintf(stderr, "usage: filter COMPARISONS [SEED]\n");
		return 2;
	}
	printf("1..3\n# seed %lu\n", seed);
	expressions.pool = random.pool = calloc(POOL, sizeof(*expressions.pool));
	if (!expressions.pool)
		abort();
	for (size_t i = 0; i < POOL; i++)
		packet_make(&expressions.pool[i], &expressions.state);
	compare_expressions(&expressions, n_comparisons / 2);
	report(&expressions, 1, "filters of expressions decide as libpcap does");
	compare_random_filters(&random, n_comparisons / 2);
	report(&random, 2, "random filters decide as libpcap does");
	compare_checks(&checks, n_comparisons / 10);
	report(&checks, 3, "the kernel's check accepts the same filters");
	free(expressions.pool);
	return *expressions.failure || *random.failure || *checks.failure;
}
