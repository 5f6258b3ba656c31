// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>
#include <stdint.h>

/*
 * Changes a document in one place: replaces, removes or duplicates a value. Numbers become boundary values,
 * and other values are copied from elsewhere in the document.
 */
void json_mutate(json_t *document, uint32_t *random);

/* A custom mutator for inputs that are one document. */
size_t json_mutate_bytes(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed);
