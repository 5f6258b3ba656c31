// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reads values of global variables from text, according to their types. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/format.h"
#include "object/global-variable.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BYTES_PREFIX	 "hex:"
#define ENUMERATORS_TEXT 400

/* The value that is read, and its names for errors. */
struct value {
	const struct btf *btf;
	const char *label; /* of the object */
	const char *path;  /* name of the variable or its part */
	__u32 type;	   /* of the variable, or of an element */
	size_t size;	   /* of that type */
	struct error *error;
};

/* "'limit' of fw.o is a __u16: its range is 0 to 65535, and 70000 is above it" */
__attribute__((format(printf, 2, 3))) static int refuse(const struct value *value,
							const char *format, ...)
{
	char name[TYPE_NAME_MAX];
	cleanup(freep) char *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	what = format_text(format, arguments);
	va_end(arguments);
	type_format(value->btf, value->type, name);
	return error_set(value->error, ERROR_INVALID_ARGUMENT, -ERANGE, "'%s' of %s is %s %s: %s",
			 value->path, value->label, strchr("aeiou", name[0]) ? "an" : "a", name,
			 what ?: "out of memory");
}

/* A whole number with its sign. */
struct whole {
	bool negative;
	unsigned __int128 magnitude;
	bool too_large; /* for 128 bits */
};

static bool read_whole(const char *text, struct whole *ret)
{
	struct whole whole = { .negative = *text == '-' };
	unsigned int base = 10;

	text += whole.negative || *text == '+';
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned int digit =
			isdigit((unsigned char)*text)
				? (unsigned int)(*text - '0')
				: (unsigned int)(tolower((unsigned char)*text) - 'a' + 10);
		unsigned __int128 before = whole.magnitude;

		if (!isxdigit((unsigned char)*text) || digit >= base)
			return false;
		whole.magnitude = before * base + digit;
		whole.too_large |= (whole.magnitude - digit) / base != before;
	}
	*ret = whole;
	return true;
}

static char *format_whole(unsigned __int128 magnitude, bool negative, char text[static 48])
{
	char *begin = text + 47;
	size_t length;

	*begin = '\0';
	do {
		*--begin = '0' + (int)(magnitude % 10);
		magnitude /= 10;
	} while (magnitude);
	if (negative)
		*--begin = '-';
	length = text + 48 - begin;
	return memmove(text, begin, length);
}

/* In this machine's byte order. */
static void store_whole(const struct whole *whole, size_t size, void *bytes)
{
	unsigned __int128 number = whole->negative ? -whole->magnitude : whole->magnitude;
	const unsigned char *from = (const unsigned char *)&number;

	memcpy(bytes, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? from : from + 16 - size, size);
}

static int parse_whole(const struct value *value, bool is_signed, const char *text, void *bytes)
{
	const size_t size = value->size;
	unsigned __int128 half = (unsigned __int128)1 << (size * 8 - 1);
	unsigned __int128 most = is_signed ? half - 1 : half + (half - 1);
	unsigned __int128 least = is_signed ? half : 0; /* the absolute value of the minimum */
	char from[48], to[48];
	struct whole whole;

	format_whole(least, is_signed, from);
	format_whole(most, false, to);
	if (!read_whole(text, &whole))
		return refuse(value, "expected a whole number from %s to %s, got '%s'", from, to,
			      text);
	if (whole.too_large || whole.magnitude > (whole.negative ? least : most))
		return refuse(value, "its range is %s to %s, and %s is %s it", from, to, text,
			      whole.negative ? "below" : "above");
	store_whole(&whole, size, bytes);
	return 0;
}

static int parse_boolean(const struct value *value, const char *text, void *bytes)
{
	bool is_true = !strcmp(text, "true") || !strcmp(text, "1");

	if (!is_true && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
		return refuse(value, "expected true or false, got '%s'", text);
	store_whole(&(const struct whole){ .magnitude = is_true }, value->size, bytes);
	return 0;
}

static int parse_int(const struct value *value, const struct btf_type *type, const char *text,
		     void *bytes)
{
	int encoding = btf_int_encoding(type);

	if (encoding & BTF_INT_BOOL)
		return parse_boolean(value, text, bytes);
	return parse_whole(value, encoding & BTF_INT_SIGNED, text, bytes);
}

static const char *enumerator(const struct btf *btf, const struct btf_type *type, int place,
			      int64_t *ret)
{
	const struct btf_enum64 *wide = btf_enum64(type);
	const struct btf_enum *narrow = btf_enum(type);

	if (btf_is_enum64(type)) {
		*ret = (int64_t)btf_enum64_value(&wide[place]);
		return btf__name_by_offset(btf, wide[place].name_off);
	}
	*ret = narrow[place].val;
	return btf__name_by_offset(btf, narrow[place].name_off);
}

static int parse_enum(const struct value *value, const struct btf_type *type, const char *text,
		      void *bytes)
{
	char names[ENUMERATORS_TEXT] = "";
	size_t length = 0;

	for (int i = 0; i < btf_vlen(type); i++) {
		int64_t number;
		const char *name = enumerator(value->btf, type, i, &number);
		const struct whole whole = {
			.negative = number < 0,
			.magnitude = number < 0 ? -(unsigned __int128)number
						: (unsigned __int128)number,
		};

		if (!strcmp(name, text)) {
			store_whole(&whole, value->size, bytes);
			return 0;
		}
		if (length < sizeof(names))
			length += snprintf(names + length, sizeof(names) - length, "%s%s",
					   i ? ", " : "", name);
	}
	if (*text && (isdigit((unsigned char)*text) || *text == '-'))
		return parse_whole(value, btf_kflag(type), text, bytes);
	return refuse(value, "expected one of %s, got '%s'", names, text);
}

/*
 * Reads pairs of digits, with or without colons between them, and counts them; up to `size` of them become
 * bytes. False for anything else.
 */
static bool read_pairs(const char *digits, size_t size, unsigned char *bytes, size_t *ret_count)
{
	size_t count = 0;

	while (isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1])) {
		const char pair[] = { digits[0], digits[1], '\0' };

		if (count < size)
			bytes[count] = strtoul(pair, NULL, 16);
		count++;
		digits += 2;
		digits += *digits == ':';
	}
	*ret_count = count;
	return !*digits && !(count && digits[-1] == ':');
}

static int parse_bytes(const struct value *value, const char *text, unsigned char *bytes)
{
	size_t count;

	if (!read_pairs(text, 0, NULL, &count))
		return refuse(value, "expected %zu bytes in hexadecimal, got '%s'", value->size,
			      text);
	if (count != value->size)
		return refuse(value, "expected %zu bytes, but '%s' has %zu", value->size, text,
			      count);
	read_pairs(text, value->size, bytes, &count);
	return 0;
}

/* Only `char` itself holds text: other types of one byte are numbers. */
static bool is_char(const struct btf *btf, const struct btf_type *type)
{
	return type && btf_is_int(type) && type->size == 1 &&
	       (btf_int_encoding(type) & BTF_INT_CHAR ||
		!strcmp(btf__name_by_offset(btf, type->name_off), "char"));
}

static int parse_text(const struct value *value, const char *text, char *bytes)
{
	const size_t size = value->size;
	size_t length = strlen(text);

	if (length >= size)
		return refuse(value, "it holds at most %zu bytes of text, but '%s' has %zu",
			      size - 1, text, length);
	memset(bytes, 0, size);
	memcpy(bytes, text, length);
	return 0;
}

static int parse_scalar(const struct value *value, const char *text, void *bytes)
{
	const struct btf_type *type = type_resolve(value->btf, value->type);

	if (type_is_number(type, value->size))
		return btf_is_int(type) ? parse_int(value, type, text, bytes)
					: parse_enum(value, type, text, bytes);
	if (type && btf_is_composite(type))
		return refuse(value,
			      "set its members one by one, as %s.MEMBER, or all of it as hex:BYTES",
			      value->path);
	return refuse(value, "it can be set only as hex:BYTES");
}

/* Do the elements fill the array exactly? If not, it can only be set by its bytes. */
static bool size_elements(const struct value *array, const struct btf_array *info,
			  struct value *element)
{
	__s64 size = btf__resolve_size(array->btf, info->type);

	element->type = info->type;
	element->size = array->size / info->nelems;
	return size >= 0 && (size_t)size == element->size &&
	       element->size * info->nelems == array->size;
}

static int parse_elements(const struct value *array, const struct btf_array *info, const char *text,
			  unsigned char *bytes)
{
	struct value element = *array;
	size_t count = 0;

	if (!size_elements(array, info, &element))
		return refuse(array, "it can be set only as hex:BYTES");
	memset(bytes, 0, array->size);
	for (bool more = true; more; count++) {
		size_t length = strcspn(text, ",");
		cleanup(freep) char *item = strndup(text, length);
		int result;

		if (!item)
			return error_memory(array->error);
		if (count == info->nelems)
			return refuse(array, "it has %u elements, but more were given",
				      info->nelems);
		result = parse_scalar(&element, item, bytes + count * element.size);
		if (result < 0)
			return result;
		more = text[length];
		text += length + more;
	}
	return 0;
}

static int parse_array(const struct value *value, const struct btf_type *type, const char *text,
		       void *bytes)
{
	const struct btf_array *info = btf_array(type);

	if (is_char(value->btf, type_resolve(value->btf, info->type)))
		return parse_text(value, text, bytes);
	if (!strncmp(text, "0x", 2) && !strchr(text, ','))
		return parse_bytes(value, text + 2, bytes);
	return parse_elements(value, info, text, bytes);
}

int global_variable_parse(const struct btf *btf, const char *label, const char *path,
			  const struct global_variable *variable, const char *text, void *bytes,
			  struct error *error)
{
	const struct value value = { btf, label, path, variable->type, variable->size, error };
	const struct btf_type *type = type_resolve(btf, variable->type);

	if (!variable->size)
		return refuse(&value, "it has no size and cannot be set");
	if (!strncmp(text, BYTES_PREFIX, strlen(BYTES_PREFIX)))
		return parse_bytes(&value, text + strlen(BYTES_PREFIX), bytes);
	if (type && btf_is_array(type) && btf_array(type)->nelems)
		return parse_array(&value, type, text, bytes);
	if (type && btf_is_composite(type) && !strncmp(text, "0x", 2))
		return parse_bytes(&value, text + 2, bytes);
	return parse_scalar(&value, text, bytes);
}
