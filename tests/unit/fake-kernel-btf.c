// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tests/unit/fake-kernel-btf.h"

#include "base/cleanup.h"

#include <bpf/btf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

static void add_function(struct btf *btf, const char *name, int result, int first, int second)
{
	int prototype = btf__add_func_proto(btf, result);

	btf__add_func_param(btf, "obj", first);
	if (second)
		btf__add_func_param(btf, "flags", second);
	btf__add_func(btf, name, BTF_FUNC_STATIC, prototype);
}

static void add_helpers(struct btf *btf)
{
	static const char *const names[] = { "BPF_FUNC_unspec", "BPF_FUNC_map_lookup_elem",
					     "BPF_FUNC_map_update_elem", "__BPF_FUNC_MAX_ID" };

	btf__add_enum(btf, "bpf_func_id", 4);
	for (size_t i = 0; i < array_size(names); i++)
		btf__add_enum_value(btf, names[i], i);
}

void fake_kernel_btf_write(struct fake_kernel_btf *ret, bool casts)
{
	struct btf *btf = btf__new_empty();
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int pointer = btf__add_ptr(btf, 0);
	const void *bytes;
	__u32 size;
	FILE *file;

	add_function(btf, "bpf_cast_to_kern_ctx", pointer, pointer, casts ? 0 : integer);
	add_function(btf, "bpf_throw", 0, integer, 0);
	add_helpers(btf);
	bytes = btf__raw_data(btf, &size);
	snprintf(ret->path, sizeof(ret->path), "/tmp/xdpd-test-btf-XXXXXX");
	file = fdopen(mkstemp(ret->path), "w");
	if (fwrite(bytes, size, 1, file) != 1 || fclose(file) != 0)
		abort();
	btf__free(btf);
}

void fake_kernel_btf_remove(struct fake_kernel_btf *kernel)
{
	unlink(kernel->path);
}
