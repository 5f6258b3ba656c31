// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "broker/argument-tags.h"

#include "base/cleanup.h"

#include <linux/btf.h>
#include <stdint.h>
#include <string.h>

/* What follows each kind of type: a number of bytes, and of bytes for each of its members. */
static const struct {
	unsigned char fixed, member;
	bool is_known;
} kinds[] = {
	[BTF_KIND_INT] = { 4, 0, true },	[BTF_KIND_PTR] = { 0, 0, true },
	[BTF_KIND_ARRAY] = { 12, 0, true },	[BTF_KIND_STRUCT] = { 0, 12, true },
	[BTF_KIND_UNION] = { 0, 12, true },	[BTF_KIND_ENUM] = { 0, 8, true },
	[BTF_KIND_FWD] = { 0, 0, true },	[BTF_KIND_TYPEDEF] = { 0, 0, true },
	[BTF_KIND_VOLATILE] = { 0, 0, true },	[BTF_KIND_CONST] = { 0, 0, true },
	[BTF_KIND_RESTRICT] = { 0, 0, true },	[BTF_KIND_FUNC] = { 0, 0, true },
	[BTF_KIND_FUNC_PROTO] = { 0, 8, true }, [BTF_KIND_VAR] = { 4, 0, true },
	[BTF_KIND_DATASEC] = { 0, 12, true },	[BTF_KIND_FLOAT] = { 0, 0, true },
	[BTF_KIND_DECL_TAG] = { 4, 0, true },	[BTF_KIND_TYPE_TAG] = { 0, 0, true },
	[BTF_KIND_ENUM64] = { 0, 12, true },
};

/* kernel/bpf/btf.c, btf_prepare_func_args(): others are arg:trusted, arg:untrusted and arg:arena. */
#define ARGUMENT_TAG "arg:"

static const char *const argument_tags[] = { "arg:ctx", "arg:nonnull", "arg:nullable" };

static int check_tag(const char *tag, size_t size_max, struct error *error)
{
	size_t length = strnlen(tag, size_max);

	if (length < strlen(ARGUMENT_TAG) || memcmp(tag, ARGUMENT_TAG, strlen(ARGUMENT_TAG)) != 0)
		return 0;
	for (size_t i = 0; i < array_size(argument_tags); i++)
		if (length == strlen(argument_tags[i]) && !memcmp(tag, argument_tags[i], length))
			return 0;
	return error_set(error, ERROR_NO_PERMISSION, -EPERM,
			 "has a function with an argument that is tagged '%.*s'", (int)length, tag);
}

static int refuse_types(struct error *error)
{
	return error_set(error, ERROR_NO_PERMISSION, -EPERM,
			 "has type information (BTF) that xdpd does not know");
}

int argument_tags_check(const void *types, size_t size, struct error *error)
{
	const char *bytes = types;
	struct btf_header header;
	uint64_t at, end, names;

	if (size < sizeof(header))
		return refuse_types(error);
	memcpy(&header, types, sizeof(header));
	at = (uint64_t)header.hdr_len + header.type_off;
	end = at + header.type_len;
	names = (uint64_t)header.hdr_len + header.str_off;
	if (end > size || names + header.str_len > size)
		return refuse_types(error);
	while (at < end) {
		struct btf_type type;
		unsigned int kind;
		int result = 0;

		if (end - at < sizeof(type))
			return refuse_types(error);
		memcpy(&type, bytes + at, sizeof(type));
		kind = BTF_INFO_KIND(type.info);
		if (kind >= array_size(kinds) || !kinds[kind].is_known ||
		    type.name_off >= header.str_len)
			return refuse_types(error);
		if (kind == BTF_KIND_DECL_TAG)
			result = check_tag(bytes + names + type.name_off,
					   header.str_len - type.name_off, error);
		if (result < 0)
			return result;
		at += sizeof(type) + kinds[kind].fixed +
		      (uint64_t)kinds[kind].member * BTF_INFO_VLEN(type.info);
	}
	return 0;
}
