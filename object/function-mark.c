// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/function-mark.h"

#include "base/cleanup.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* The kernel's KSYM_NAME_LEN. */
#define NAME_LENGTH_MAX 511

static const char *const prefixes[] = {
	[MARK_NEEDED] = "xdpd:needs:",
	[MARK_OFFERED] = "xdpd:offers:",
};
static_assert(array_size(prefixes) == MARK_COUNT, "every mark has a prefix");

static bool is_name(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length && length <= NAME_LENGTH_MAX && !text[length] &&
	       !isdigit((unsigned char)*text);
}

/* The name of the function that the type marks; NULL: it is not such a mark. */
static const char *marked_name(const struct btf *btf, const struct btf_type *type,
			       const char *prefix)
{
	const char *text;

	if (!btf_is_decl_tag(type) && !btf_is_int(type))
		return NULL;
	text = btf__name_by_offset(btf, type->name_off);
	if (!text || strncmp(text, prefix, strlen(prefix)) != 0)
		return NULL;
	text += strlen(prefix);
	return is_name(text) ? text : NULL;
}

int function_marks_read(const struct btf *btf, enum function_mark mark, struct strings *ret)
{
	int result = 0;

	for (uint32_t id = 1; result == 0 && id < btf__type_cnt(btf); id++) {
		const char *name = marked_name(btf, btf__type_by_id(btf, id), prefixes[mark]);

		if (!name || strings_have(ret, name))
			continue;
		result = ret->n_items < MARKS_MAX ? strings_add(ret, name, strlen(name)) : -E2BIG;
	}
	return result;
}
