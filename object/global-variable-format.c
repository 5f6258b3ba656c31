// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/global-variable-format.h"

#include "base/cleanup.h"
#include "object/short-text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#define UNKNOWN "?"

/*
 * libbpf's printer of values trusts that a compiler wrote the types. This one reads only the bytes of the
 * variable.
 */
struct formatting {
	const struct btf *btf;
	struct short_text text;
};

/* Bytes of some type. */
struct value {
	const struct btf_type *type; /* without names and qualifiers; NULL: there is none */
	const unsigned char *bytes;
	size_t size; /* bytes that may be read */
};

static void add_value(struct formatting *formatting, const struct value *value);

/* The part with that type at `offset`; without a type if it would be outside of the whole. */
static struct value part_of(const struct formatting *formatting, const struct value *whole,
			    __u32 type, uint64_t offset)
{
	__s64 size = btf__resolve_size(formatting->btf, type);

	if (size < 0 || offset > whole->size || (size_t)size > whole->size - offset)
		return (struct value){};
	return (struct value){ type_resolve(formatting->btf, type), whole->bytes + offset, size };
}

/* Reads up to 64 bits, in this machine's byte order. */
static uint64_t read_bits(const struct value *value, size_t offset, size_t count)
{
	uint64_t number = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
		size_t at = offset + (is_little ? count - 1 - i : i);
		unsigned int in_byte = is_little ? at % 8 : 7 - at % 8;

		number = number << 1 | (value->bytes[at / 8] >> in_byte & 1);
	}
	return number;
}

static void add_number(struct formatting *formatting, uint64_t number, size_t bits, bool is_signed)
{
	if (is_signed && bits < 64 && number >> (bits - 1))
		number |= UINT64_MAX << bits;
	if (is_signed)
		short_text_add(&formatting->text, "%" PRId64, (int64_t)number);
	else
		short_text_add(&formatting->text, "%" PRIu64, number);
}

static void add_int(struct formatting *formatting, const struct value *value)
{
	int encoding = btf_int_encoding(value->type);
	size_t bits = 8 * value->size;

	if (encoding & BTF_INT_BOOL)
		short_text_add(&formatting->text, "%s", value->bytes[0] ? "true" : "false");
	else if (bits <= 64)
		add_number(formatting, read_bits(value, 0, bits), bits, encoding & BTF_INT_SIGNED);
	else if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		short_text_add(&formatting->text, "0x%016" PRIx64 "%016" PRIx64,
			       read_bits(value, 64, 64), read_bits(value, 0, 64));
	else
		short_text_add(&formatting->text, "0x%016" PRIx64 "%016" PRIx64,
			       read_bits(value, 0, 64), read_bits(value, 64, 64));
}

static void add_enum(struct formatting *formatting, const struct value *value)
{
	const struct btf_type *type = value->type;
	size_t bits = 8 * value->size;
	uint64_t number = read_bits(value, 0, bits), mask = UINT64_MAX >> (64 - bits);

	for (int i = 0; i < btf_vlen(type); i++) {
		bool is_wide = btf_is_enum64(type);
		uint32_t name = is_wide ? btf_enum64(type)[i].name_off : btf_enum(type)[i].name_off;
		uint64_t candidate = is_wide ? btf_enum64_value(&btf_enum64(type)[i])
					     : (uint64_t)btf_enum(type)[i].val;

		if ((candidate & mask) != number)
			continue;
		short_text_add(&formatting->text, "%.256s",
			       btf__name_by_offset(formatting->btf, name) ?: UNKNOWN);
		return;
	}
	add_number(formatting, number, bits, btf_kflag(type));
}

static void add_float(struct formatting *formatting, const struct value *value)
{
	double wide;
	float narrow;

	if (value->size == sizeof(narrow))
		short_text_add(&formatting->text, "%g",
			       *(float *)memcpy(&narrow, value->bytes, sizeof(narrow)));
	else if (value->size == sizeof(wide))
		short_text_add(&formatting->text, "%g",
			       *(double *)memcpy(&wide, value->bytes, sizeof(wide)));
	else
		short_text_add(&formatting->text, UNKNOWN);
}

/* Is it an array of characters that holds a text and only zeros after it? */
static bool is_text(const struct formatting *formatting, const struct value *value)
{
	const struct btf_type *item = type_resolve(formatting->btf, btf_array(value->type)->type);
	size_t length = strnlen((const char *)value->bytes, value->size);

	if (!item || !btf_is_int(item) || item->size != 1 || length == value->size || length == 0)
		return false;
	for (size_t i = 0; i < value->size; i++)
		if (i < length ? !isprint(value->bytes[i]) || value->bytes[i] == '"'
			       : value->bytes[i])
			return false;
	return true;
}

static void add_array(struct formatting *formatting, const struct value *value)
{
	const struct btf_array *array = btf_array(value->type);
	__s64 size = btf__resolve_size(formatting->btf, array->type);

	if (is_text(formatting, value)) {
		short_text_add(&formatting->text, "\"%.*s\"", (int)value->size,
			       (const char *)value->bytes);
		return;
	}
	short_text_add(&formatting->text, "[");
	for (uint64_t i = 0; i < array->nelems && !formatting->text.is_full; i++) {
		const struct value element = part_of(formatting, value, array->type,
						     size > 0 ? i * size : 0);

		short_text_add(&formatting->text, "%s", i ? ", " : "");
		add_value(formatting, &element);
	}
	short_text_add(&formatting->text, "]");
}

static void add_member(struct formatting *formatting, const struct value *value, int number)
{
	uint64_t offset = btf_member_bit_offset(value->type, number);
	uint64_t bits = btf_member_bitfield_size(value->type, number);
	const struct btf_type *type = type_resolve(formatting->btf,
						   btf_members(value->type)[number].type);

	if (!bits && offset % 8 == 0) {
		const struct value member = part_of(
			formatting, value, btf_members(value->type)[number].type, offset / 8);

		add_value(formatting, &member);
	} else if (type && bits && bits <= 64 && offset + bits <= 8 * (uint64_t)value->size) {
		add_number(formatting, read_bits(value, offset, bits), bits,
			   btf_is_int(type) && btf_int_encoding(type) & BTF_INT_SIGNED);
	} else {
		short_text_add(&formatting->text, UNKNOWN);
	}
}

static void add_members(struct formatting *formatting, const struct value *value)
{
	short_text_add(&formatting->text, "{");
	for (int i = 0; i < btf_vlen(value->type) && !formatting->text.is_full; i++) {
		short_text_add(&formatting->text, "%s", i ? ", " : "");
		add_member(formatting, value, i);
	}
	short_text_add(&formatting->text, "}");
}

/* Adds text before it descends into a part, so that even a cycle of types ends. */
static void add_value(struct formatting *formatting, const struct value *value)
{
	const struct btf_type *type = value->type;

	if (!type)
		short_text_add(&formatting->text, UNKNOWN);
	else if (btf_is_array(type))
		add_array(formatting, value);
	else if (btf_is_composite(type))
		add_members(formatting, value);
	else if (btf_is_float(type))
		add_float(formatting, value);
	else if (btf_is_ptr(type) && value->size == sizeof(uint64_t))
		short_text_add(&formatting->text, "0x%" PRIx64, read_bits(value, 0, 64));
	else if (type_is_number(type, value->size) && btf_is_int(type))
		add_int(formatting, value);
	else if (type_is_number(type, value->size) && value->size <= sizeof(uint64_t))
		add_enum(formatting, value);
	else
		short_text_add(&formatting->text, UNKNOWN);
}

char *global_variable_format(const struct btf *btf, const struct global_variable *variable,
			     const void *bytes, size_t length_max)
{
	cleanup(freep) char *text = calloc(1, length_max + 1);
	struct formatting formatting = { btf, { .bytes = text, .size = length_max + 1 } };
	const struct value whole = { .bytes = bytes, .size = variable->size };
	const struct value value = part_of(&formatting, &whole, variable->type, 0);

	if (!text)
		return NULL;
	add_value(&formatting, &value);
	return steal(text);
}
