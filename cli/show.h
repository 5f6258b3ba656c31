#pragma once

#include <jansson.h>
#include <stdint.h>

/*
 * Shows what Attach and Detach answer, one line a device: "eth0: fw attached, generation 3 (native
 * mode)". A device without a mode is ours no more.
 */
void show_results(const json_t *parameters, const char *done);

/* As one line, for scripts. */
void show_json(const json_t *value);

/* The member of a reply's object; "" and 0 if there is none. */
const char *reply_text(const json_t *object, const char *name);
uint64_t reply_number(const json_t *object, const char *name);
