// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ipc/schema.h"

#include "ipc/interface.h"

static json_t *object_schema(const struct field *fields);

static json_t *names_schema(const struct type *type)
{
	json_t *names = json_array();

	for (const char *const *name = type->names; *name; name++)
		json_array_append_new(names, json_string(*name));
	return json_pack("{s:o}", "enum", names);
}

static json_t *number_schema(const struct field *field)
{
	json_t *schema = json_pack("{s:s, s:i}", "type", "integer", "minimum", (int)field->minimum);

	if (field->maximum)
		json_object_set_new(schema, "maximum", json_integer(field->maximum));
	return schema;
}

static json_t *list_schema(json_t *items, uint64_t longest)
{
	return json_pack("{s:s, s:o, s:I}", "type", "array", "items", items, "maxItems",
			 (json_int_t)longest);
}

static json_t *name_schema(void)
{
	return json_pack("{s:s}", "$ref", "#/$defs/name");
}

/* NULL also for a field that a chain file cannot have. */
static json_t *field_schema(const struct field *field)
{
	switch (field->kind) {
	case FIELD_NAME:
		return name_schema();
	case FIELD_NAMES:
		return list_schema(name_schema(), LIST_LENGTH_MAX);
	case FIELD_NUMBER:
	case FIELD_SECONDS:
		return number_schema(field);
	case FIELD_BOOLEAN:
		return json_pack("{s:s}", "type", "boolean");
	case FIELD_VERDICTS:
		return list_schema(names_schema(field->type), LIST_LENGTH_MAX);
	case FIELD_CHOICE:
		return names_schema(field->type);
	case FIELD_OBJECTS:
		return list_schema(object_schema(field->type->fields), field->maximum);
	case FIELD_OBJECT:
		return object_schema(field->type->fields);
	case FIELD_STRING:
	case FIELD_FD:
	case FIELD_FDS:
		break;
	}
	return NULL;
}

static json_t *described_schema(const struct field *field)
{
	json_t *schema = field_schema(field);

	if (schema && field->purpose)
		json_object_set_new(schema, "description", json_string(field->purpose));
	return schema;
}

static json_t *object_schema(const struct field *fields)
{
	json_t *properties = json_object(), *required = json_array();

	for (const struct field *field = fields; field->name; field++) {
		json_object_set_new(properties, field->name, described_schema(field));
		if (!field->optional)
			json_array_append_new(required, json_string(field->name));
	}
	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
			 "required", required, "additionalProperties", 0);
}

/* Without control characters. It uses "not", because "$" would allow a line feed at the end. */
static json_t *name_definition(void)
{
	return json_pack("{s:s, s:i, s:i, s:{s:s}}", "type", "string", "minLength", 1, "maxLength",
			 NAME_LENGTH_MAX, "not", "pattern", "[\\u0000-\\u001f\\u007f-\\u009f]");
}

json_t *schema_new(void)
{
	json_t *schema = json_pack(
		"{s:s, s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema",
		"$id", "urn:xdpd:chains", "title", "Chains of XDP programs", "description",
		"A chain file, as read by xdpctl apply, plan and test.");

	if (json_object_update_new(schema, object_schema(chains_type.fields)) < 0 ||
	    json_object_set_new(schema, "$defs", json_pack("{s:o}", "name", name_definition())) <
		    0) {
		json_decref(schema);
		return NULL;
	}
	return schema;
}
