// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tests/unit/edited-object.h"

#include "base/cleanup.h"
#include "object/elf.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void edited_object_read(const char *name, struct edited_object *ret)
{
	cleanup(closep) int fd = -1;
	char path[512];
	size_t size;

	snprintf(path, sizeof(path), OBJECTS "/%s.o", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (blob_read(fd, path, SIZE_MAX, &ret->blob, NULL) < 0)
		fail_msg("cannot read %s", path);
	ret->btf = elf_read_btf(&ret->blob);
	ret->types = (char *)elf_section_bytes(&ret->blob, ".BTF", &size);
	assert_non_null(ret->btf);
}

void edited_object_done(struct edited_object *object)
{
	elf_free_btf(&object->btf);
	blob_done(&object->blob);
}

Elf64_Shdr *edited_section(struct edited_object *object, const char *name)
{
	char *bytes = object->blob.bytes;
	Elf64_Ehdr *header = object->blob.bytes;
	Elf64_Shdr *sections = (Elf64_Shdr *)(bytes + header->e_shoff);
	const char *names = bytes + sections[header->e_shstrndx].sh_offset;

	for (size_t i = 0; i < header->e_shnum; i++)
		if (!strcmp(names + sections[i].sh_name, name))
			return &sections[i];
	fail_msg("there is no section '%s'", name);
	return NULL;
}

/* In libbpf's copy of the section everything has the same offset. */
static void *edited(struct edited_object *object, const void *found)
{
	__u32 size;
	const char *begin = btf__raw_data(object->btf, &size);

	return object->types + ((const char *)found - begin);
}

struct btf_type *edited_type(struct edited_object *object, __u32 id)
{
	const struct btf_type *type = btf__type_by_id(object->btf, id);

	assert_non_null(type);
	return edited(object, type);
}

struct btf_type *edited_type_named(struct edited_object *object, const char *name, __u32 kind)
{
	int id = btf__find_by_name_kind(object->btf, name, kind);

	if (id <= 0)
		fail_msg("there is no type '%s'", name);
	return edited_type(object, id);
}

struct btf_var_secinfo *edited_variable(struct edited_object *object, const char *section,
					const char *name)
{
	int wanted = btf__find_by_name_kind(object->btf, name, BTF_KIND_VAR);
	struct btf_type *type = edited_type_named(object, section, BTF_KIND_DATASEC);

	for (int i = 0; i < btf_vlen(type); i++)
		if (btf_var_secinfos(type)[i].type == (__u32)wanted)
			return &btf_var_secinfos(type)[i];
	fail_msg("%s has no variable '%s'", section, name);
	return NULL;
}
