// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer calls it once with each input; libFuzzer chose these names. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed);

/* A function of libFuzzer that changes bytes at random. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t size_max);

/* The next random number: xorshift, so a seed always leads to the same changes. */
static inline uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A random number below `count`, which is not 0. */
static inline uint32_t random_below(uint32_t *state, uint32_t count)
{
	return random_next(state) % count;
}
