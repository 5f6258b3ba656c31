// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Runs random packets through random chains of random components, joined in every way this kernel
 * has, and compares verdicts, packets, counters and maps with those of the same components run one
 * by one, which is what a chain means.
 *   differential CHAINS [SEED]      speaks TAP; SEED tells a failure's chain
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/kernel/counters.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "tests/support/chain-lab.h"

#include <bpf/bpf.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COMPONENTS_MAX 64
/* A chain may grow a packet by 12 bytes for each component, and the headroom is 216 bytes. */
#define CHAIN_MAX     12
#define PACKETS	      16
#define STATE_ENTRIES 8

/* One way to run a chain. It has its own instances of the components, with their own maps. */
struct way {
	const char *name;
	const char *linker_name;
	bool call_all;
	struct linker *linker;
	struct component *components[COMPONENTS_MAX];
};

struct chain {
	size_t length;
	size_t members[CHAIN_MAX]; /* numbers of the components, each only once */
	verdict_set proceed[CHAIN_MAX];
	verdict_set forbidden[CHAIN_MAX];
};

struct laboratory {
	struct lab lab;
	size_t n_components;
	struct way alone; /* the components as separate programs, run one after the other */
	struct way ways[3];
	uint64_t chance;
};

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
static uint32_t chance(struct laboratory *laboratory, uint32_t limit)
{
	uint64_t *x = &laboratory->chance;

	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return ((*x * 0x2545f4914f6cdd1dULL) >> 33) % limit;
}

static void load_all(struct laboratory *laboratory, const char *directory)
{
	struct way *alone = &laboratory->alone;

	for (unsigned int seed = 0; seed < COMPONENTS_MAX; seed++) {
		char path[4096], *why;
		struct component *component;

		snprintf(path, sizeof(path), "%s/random-%u.o", directory, seed);
		if (access(path, R_OK) < 0)
			break;
		component = lab_try_load(&laboratory->lab, alone->linker, path, &why);
		if (!component) {
			printf("# without component %u: %s\n", seed, why);
			free(why);
			continue;
		}
		alone->components[laboratory->n_components] = component;
		for (size_t i = 0; i < array_size(laboratory->ways); i++) {
			struct way *way = &laboratory->ways[i];

			if (way->linker)
				way->components[laboratory->n_components] =
					lab_load(&laboratory->lab, way->linker, path);
		}
		laboratory->n_components++;
	}
	if (laboratory->n_components < CHAIN_MAX)
		lab_fail("there are only %zu components in %s", laboratory->n_components,
			 directory);
}

static struct chain random_chain(struct laboratory *laboratory)
{
	struct chain chain = { .length = 1 + chance(laboratory, CHAIN_MAX) };

	for (size_t i = 0; i < chain.length; i++) {
		bool fresh = false;

		while (!fresh) {
			chain.members[i] = chance(laboratory, laboratory->n_components);
			fresh = true;
			for (size_t j = 0; j < i; j++)
				fresh &= chain.members[j] != chain.members[i];
		}
		chain.proceed[i] = chance(laboratory, 2) ? VERDICT_BIT(VERDICT_PASS)
							 : chance(laboratory, VERDICTS_ALL + 1);
		if (!chance(laboratory, 4))
			chain.forbidden[i] = chance(laboratory, VERDICTS_ALL + 1) &
					     ~VERDICT_BIT(VERDICT_ABORTED);
	}
	return chain;
}

/*
 * The meaning of the chain for the packet: the row that counts it, the verdict, and the components whose
 * verdict was forbidden.
 */
static size_t run_one_by_one(const struct laboratory *laboratory, const struct chain *chain,
			     struct lab_packet *packet, uint32_t *verdict,
			     struct counter_row *overruled)
{
	for (size_t i = 0; i < chain->length; i++) {
		int fd = laboratory->alone.components[chain->members[i]]->fd;

		*verdict = lab_run(fd, packet);
		if (chain->forbidden[i] &&
		    (*verdict >= VERDICT_COUNT || chain->forbidden[i] & VERDICT_BIT(*verdict))) {
			*verdict = VERDICT_ABORTED;
			overruled[i].verdict[VERDICT_ABORTED]++;
		} else if (*verdict >= VERDICT_COUNT) {
			*verdict = VERDICT_ABORTED;
			return i;
		}
		if (!(chain->proceed[i] & VERDICT_BIT(*verdict)))
			return i;
	}
	*verdict = VERDICT_PASS;
	return chain->length;
}

static struct generation *build(struct laboratory *laboratory, const struct way *way,
				const struct chain *chain, char **why)
{
	struct placement placements[CHAIN_MAX];

	for (size_t i = 0; i < chain->length; i++)
		placements[i] = (struct placement){
			.id = i + 1,
			.name = "component",
			.component = way->components[chain->members[i]],
			.proceed = chain->proceed[i],
			.forbidden = chain->forbidden[i],
		};
	return lab_try_build(&laboratory->lab, way->linker, way->call_all, false, placements,
			     chain->length, why);
}

static int state_map(const struct component *component)
{
	for (size_t i = 0; i < component->n_maps; i++)
		if (!strcmp(component->maps[i].name, "state"))
			return component->maps[i].fd;
	return -1;
}

/* All chains start with the same contents of maps, and must end with the same. */
static void clear_state(const struct component *component)
{
	const uint64_t zero = 0;

	for (uint32_t key = 0; key < STATE_ENTRIES; key++)
		bpf_map_update_elem(state_map(component), &key, &zero, BPF_ANY);
}

static bool same_state(const struct component *left, const struct component *right)
{
	for (uint32_t key = 0; key < STATE_ENTRIES; key++) {
		uint64_t values[2] = {};

		bpf_map_lookup_elem(state_map(left), &key, &values[0]);
		bpf_map_lookup_elem(state_map(right), &key, &values[1]);
		if (values[0] != values[1])
			return false;
	}
	return true;
}

static void random_packet(struct laboratory *laboratory, struct lab_packet *packet)
{
	/* The kernel accepts no packet without an Ethernet header. */
	packet->length = 14 + chance(laboratory, chance(laboratory, 4) ? 120 : 1500);
	for (size_t i = 0; i < packet->length; i++)
		packet->bytes[i] = chance(laboratory, 256);
}

/* What the chain did with each packet, and what it should have done. */
struct expectation {
	struct lab_packet before[PACKETS];
	struct lab_packet after[PACKETS];
	uint32_t verdicts[PACKETS];
	struct counter_row counters[2 * CHAIN_MAX + 1]; /* as in bpf/counter-rows.h */
};

static const char *compare(const struct laboratory *laboratory, const struct way *way,
			   const struct chain *chain, const struct generation *generation,
			   const struct expectation *expected)
{
	struct counter_row counters[2 * CHAIN_MAX + 1] = {};
	const struct rootlet *rootlet = generation->rootlet;
	struct lab_packet packet;

	for (size_t i = 0; i < chain->length; i++)
		clear_state(way->components[chain->members[i]]);
	for (size_t i = 0; i < PACKETS; i++) {
		packet = expected->before[i];
		if (lab_run(rootlet->fd, &packet) != expected->verdicts[i])
			return "another verdict";
		if (packet.length != expected->after[i].length ||
		    memcmp(packet.bytes, expected->after[i].bytes, packet.length) != 0)
			return "another packet";
	}
	if (counters_read(rootlet->counters_fd, rootlet->n_rows, counters, NULL) < 0)
		return "no counters";
	if (memcmp(counters, expected->counters, sizeof(*counters) * rootlet->n_rows) != 0)
		return "other counters";
	for (size_t i = 0; i < chain->length; i++)
		if (!same_state(way->components[chain->members[i]],
				laboratory->alone.components[chain->members[i]]))
			return "other maps";
	return NULL;
}

static void expect(struct laboratory *laboratory, const struct chain *chain,
		   struct expectation *expected)
{
	memset(expected->counters, 0, sizeof(expected->counters));
	for (size_t i = 0; i < chain->length; i++)
		clear_state(laboratory->alone.components[chain->members[i]]);
	for (size_t i = 0; i < PACKETS; i++) {
		size_t row;

		random_packet(laboratory, &expected->before[i]);
		expected->after[i] = expected->before[i];
		row = run_one_by_one(laboratory, chain, &expected->after[i], &expected->verdicts[i],
				     &expected->counters[ROOTLET_OVERRULED_ROW(chain->length, 0)]);
		expected->counters[row].verdict[expected->verdicts[i]]++;
	}
}

static void describe(const struct chain *chain)
{
	printf("# the chain:");
	for (size_t i = 0; i < chain->length; i++)
		printf(" %zu (proceeds on %#x, not %#x)", chain->members[i], chain->proceed[i],
		       chain->forbidden[i]);
	putchar('\n');
}

/* The results of one way over all chains. */
struct score {
	size_t same;
	size_t refused;
	size_t inlined;
	size_t joined;
	const char *difference; /* the first difference that was found */
};

static void try_way(struct laboratory *laboratory, const struct way *way, const struct chain *chain,
		    const struct expectation *expected, struct score *score)
{
	char *why;
	struct generation *generation = build(laboratory, way, chain, &why);
	const char *difference;

	if (!generation) {
		if (!score->refused++)
			printf("# %s refuses, for one: %s\n", way->name, why);
		free(why);
		return;
	}
	difference = compare(laboratory, way, chain, generation, expected);
	if (difference && !score->difference) {
		printf("# %s: %s\n", way->name, difference);
		describe(chain);
		score->difference = difference;
	}
	score->same += !difference;
	score->joined += chain->length;
	for (size_t i = 0; i < chain->length; i++)
		score->inlined += generation->members[i].join == JOIN_INLINED;
	generation_release(&generation);
}

/*
 * A linker that refuses most of the chains would pass all comparisons, so it must build most of them.
 */
static bool is_good(const struct score *score)
{
	return !score->difference && score->same > score->refused * 4;
}

static int report(const struct laboratory *laboratory, const struct score *scores)
{
	bool all_good = true;

	for (size_t i = 0; i < array_size(laboratory->ways); i++) {
		const struct way *way = &laboratory->ways[i];

		if (!way->linker) {
			printf("ok %zu - %s is the components one by one # SKIP not on this "
			       "kernel\n",
			       i + 1, way->name);
			continue;
		}
		printf("# %s: %zu chains the same, %zu refused, %zu of %zu components inlined\n",
		       way->name, scores[i].same, scores[i].refused, scores[i].inlined,
		       scores[i].joined);
		printf("%s %zu - %s is the components one by one\n",
		       is_good(&scores[i]) ? "ok" : "not ok", i + 1, way->name);
		all_good &= is_good(&scores[i]);
	}
	return all_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void close_way(struct way *way, size_t n_components)
{
	for (size_t i = 0; i < n_components; i++)
		component_release(&way->components[i]);
	linker_drop(&way->linker);
}

int main(int argc, char **argv)
{
	static struct laboratory laboratory = {
		.alone = { "alone", "fused" },
		.ways = { { "fused", "fused" },
			  { "fused without inlining", "fused", true },
			  { "freplace", "freplace" } },
	};
	static struct expectation expected;
	struct score scores[array_size(laboratory.ways)] = {};
	size_t n_chains = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	int status;

	if (!n_chains || argc > 3)
		lab_fail("usage: differential CHAINS [SEED]");
	laboratory.chance = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
	printf("1..%zu\n# seed %llu\n", array_size(laboratory.ways),
	       (unsigned long long)laboratory.chance);
	setvbuf(stdout, NULL, _IOLBF, 0);
	lab_open(&laboratory.lab);
	laboratory.alone.linker = lab_linker(&laboratory.lab, laboratory.alone.linker_name);
	for (size_t i = 0; i < array_size(laboratory.ways); i++)
		laboratory.ways[i].linker = lab_linker(&laboratory.lab,
						       laboratory.ways[i].linker_name);
	load_all(&laboratory, dirname(argv[0]));
	for (size_t i = 0; i < n_chains; i++) {
		struct chain chain = random_chain(&laboratory);

		expect(&laboratory, &chain, &expected);
		for (size_t j = 0; j < array_size(laboratory.ways); j++)
			if (laboratory.ways[j].linker)
				try_way(&laboratory, &laboratory.ways[j], &chain, &expected,
					&scores[j]);
	}
	status = report(&laboratory, scores);
	for (size_t i = 0; i < array_size(laboratory.ways); i++)
		close_way(&laboratory.ways[i], laboratory.n_components);
	close_way(&laboratory.alone, laboratory.n_components);
	lab_close(&laboratory.lab);
	return status;
}
