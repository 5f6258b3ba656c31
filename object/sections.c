// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "object/object.h"

int object_init(libbpf_prog_prepare_load_fn_t before_load, struct error *error)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, handler, .prog_prepare_load_fn = before_load);
	static const char *const sections[] = { "xdp+", "xdp.frags+", "freplace+" };
	int result;

	for (size_t i = 0; i < array_size(sections); i++) {
		result = libbpf_register_prog_handler(sections[i], BPF_PROG_TYPE_XDP, BPF_XDP,
						      &handler);
		if (result < 0)
			return error_set(error, ERROR_INTERNAL, result,
					 "cannot register a libbpf handler for section '%s': %s",
					 sections[i], errno_name(result));
	}
	/* So that a program in any other section can be chosen by name. */
	result = libbpf_register_prog_handler(NULL, BPF_PROG_TYPE_UNSPEC, 0, &handler);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result,
				 "cannot register a libbpf handler: %s", errno_name(result));
	return 0;
}
