// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "broker/program-load.h"

#include <errno.h>

int program_load(enum bpf_prog_type type, const char *name, const char *license,
		 const struct bpf_insn *instructions, size_t n_instructions,
		 const struct bpf_prog_load_opts *options)
{
	struct bpf_prog_load_opts without_log = *options;
	int fd = bpf_prog_load(type, name, license, instructions, n_instructions,
			       (struct bpf_prog_load_opts *)options);

	if (fd >= 0 || errno != ENOSPC || !options->log_buf)
		return fd < 0 ? -errno : fd;
	options->log_buf[0] = '\0';
	without_log.log_level = 0;
	without_log.log_size = 0;
	without_log.log_buf = NULL;
	fd = bpf_prog_load(type, name, license, instructions, n_instructions, &without_log);
	return fd < 0 ? -errno : fd;
}
