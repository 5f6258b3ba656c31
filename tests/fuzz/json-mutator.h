#pragma once

#include <jansson.h>
#include <stdint.h>

/*
 * Changes a document in one place: a value becomes another one, goes, or is there twice. Numbers become
 * those at which something ends, and values those that other places of the document have.
 */
void json_mutate(json_t *document, uint32_t *random);

/* A custom mutator for inputs that are one document each. */
size_t json_mutate_bytes(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed);
