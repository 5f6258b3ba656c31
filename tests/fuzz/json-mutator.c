// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tests/fuzz/json-mutator.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const json_int_t borders[] = { -1,	  0,	     1,		2,	  31,	 32,
				      33,	  255,	     256,	65535,	  65536, INT32_MAX,
				      UINT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };

static const char *const texts[] = {
	"",	    "a",
	"/",	    "..",
	"a/b",	    "a=b",
	"pin:/x",   "\n",
	"\xc2\x85", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	"redirect", "fused",
	"%s%n",
};

static json_t *child_of(const json_t *value, uint32_t number)
{
	void *at = json_object_iter((json_t *)value);

	if (json_is_array(value))
		return json_array_get(value, number);
	while (number-- > 0)
		at = json_object_iter_next((json_t *)value, at);
	return json_object_iter_value(at);
}

static uint32_t count_children(const json_t *value)
{
	return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

/* A value in the document; deep values are more likely. */
static json_t *find_value(json_t *value, uint32_t *random)
{
	uint32_t count;

	while ((count = count_children(value)) && random_below(random, 4))
		value = child_of(value, random_below(random, count));
	return value;
}

/* A container with contents, if there is one. */
static json_t *find_container(json_t *document, uint32_t *random)
{
	json_t *found = document;

	for (int tries = 0; tries < 20; tries++) {
		found = find_value(document, random);
		if (count_children(found))
			return found;
	}
	return document;
}

static json_t *make_value(json_t *document, uint32_t *random)
{
	switch (random_below(random, 9)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(random_below(random, 2));
	case 2:
		return json_integer(borders[random_below(random, array_size(borders))]);
	case 3:
		return json_integer(random_next(random));
	case 4:
		return json_string(texts[random_below(random, array_size(texts))]);
	case 5:
		return random_below(random, 2) ? json_array() : json_object();
	case 6:
		return json_real(1.5);
	default:
		return json_deep_copy(find_value(document, random));
	}
}

static void change_array(json_t *document, json_t *array, uint32_t *random)
{
	size_t place = random_below(random, json_array_size(array));

	switch (random_below(random, 4)) {
	case 0:
		json_array_remove(array, place);
		break;
	case 1:
		json_array_append_new(array, json_deep_copy(json_array_get(array, place)));
		break;
	default:
		json_array_set_new(array, place, make_value(document, random));
	}
}

static const char *member_name(json_t *object, uint32_t number)
{
	void *at = json_object_iter(object);

	while (number-- > 0)
		at = json_object_iter_next(object, at);
	return json_object_iter_key(at);
}

static void change_object(json_t *document, json_t *object, uint32_t *random)
{
	const char *name = member_name(object, random_below(random, json_object_size(object)));
	json_t *other = find_value(document, random);

	switch (random_below(random, 6)) {
	case 0:
		json_object_del(object, name);
		break;
	case 1: /* a member from elsewhere */
		if (json_is_object(other) && json_object_size(other))
			json_object_set_new(
				object,
				member_name(other, random_below(random, json_object_size(other))),
				make_value(document, random));
		break;
	default:
		json_object_set_new(object, name, make_value(document, random));
	}
}

void json_mutate(json_t *document, uint32_t *random)
{
	json_t *container = find_container(document, random);

	if (json_is_array(container) && json_array_size(container))
		change_array(document, container, random);
	else if (json_object_size(container))
		change_object(document, container, random);
}

size_t json_mutate_bytes(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed)
{
	uint32_t random = seed * 2654435761u | 1;
	cleanup(json_decrefp) json_t *document = json_loadb((const char *)bytes, size, 0, NULL);
	cleanup(freep) char *text = NULL;
	size_t length;

	if (!document || !random_below(&random, 16))
		return LLVMFuzzerMutate(bytes, size, size_max);
	for (uint32_t changes = 1 + random_below(&random, 3); changes > 0; changes--)
		json_mutate(document, &random);
	text = json_dumps(document, JSON_COMPACT);
	length = text ? strlen(text) : 0;
	if (!length || length > size_max)
		return LLVMFuzzerMutate(bytes, size, size_max);
	memcpy(bytes, text, length);
	return length;
}
