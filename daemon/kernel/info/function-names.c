// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/info/function-names.h"

#include "base/cleanup.h"

#include <bpf/btf.h>

const char *function_names_get(struct function_names *names, uint32_t btf_id, uint32_t function_id)
{
	const struct btf_type *type;

	if (!btf_id || !function_id)
		return NULL;
	if (names->btf_id != btf_id) {
		btf__free(steal(names->btf));
		names->btf = btf__load_from_kernel_by_id(btf_id);
		names->btf_id = btf_id;
	}
	type = names->btf ? btf__type_by_id(names->btf, function_id) : NULL;
	return type ? btf__name_by_offset(names->btf, type->name_off) : NULL;
}

void function_names_done(struct function_names *names)
{
	btf__free(steal(names->btf));
}
