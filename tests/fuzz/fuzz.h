#pragma once

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls, once with each input; the names are its own. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed);

/* And what it gives: bytes changed at random, whatever they are. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t size_max);

/* The next random number: xorshift, so that a seed always makes the same changes. */
static inline uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Below `count`, which is not 0. */
static inline uint32_t random_below(uint32_t *state, uint32_t count)
{
	return random_next(state) % count;
}
