// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/placeholders.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/code-recorder.h"
#include "object/libbpf-log.h"

#include "dispatcher.skel.h"
#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>
#include <stdio.h>

static void skeletonp(struct dispatcher_bpf **skeleton)
{
	dispatcher_bpf__destroy(*skeleton);
}

static int duplicate(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

void placeholders_done(struct placeholders *placeholders)
{
	closep(&placeholders->program_fd);
	closep(&placeholders->btf_fd);
	program_code_done(&placeholders->code);
}

static uint32_t function_id(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	assert(id > 0); /* bpf/dispatcher.bpf.c and bpf/placeholders/chain.h define them all */
	return id;
}

/* `ret` has the code of the placeholders already. */
static int take(const struct dispatcher_bpf *skeleton, struct placeholders *ret,
		struct error *error)
{
	const struct btf *btf = bpf_object__btf(skeleton->obj);

	if (ret->code.n_functions != ROOTLET_SLOTS + 2)
		return error_memory(error);
	ret->program_fd = duplicate(bpf_program__fd(skeleton->progs.xdpd_rootlet));
	ret->btf_fd = duplicate(bpf_object__btf_fd(skeleton->obj));
	if (ret->program_fd < 0 || ret->btf_fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot duplicate a file descriptor for the rootlet: %s",
				 errno_name(errno));
	ret->main_id = function_id(btf, "xdpd_rootlet");
	for (unsigned int slot = 0; slot < ROOTLET_SLOTS; slot++) {
		char name[16];

		snprintf(name, sizeof(name), "slot_%u", slot);
		ret->slot_ids[slot] = function_id(btf, name);
	}
	ret->account_id = function_id(btf, "account");
	return 0;
}

int placeholders_load(enum bpf_attach_type attach_type, struct placeholders *ret,
		      struct error *error)
{
	cleanup(libbpf_log_end) struct libbpf_log messages;
	cleanup(skeletonp) struct dispatcher_bpf *skeleton = NULL;
	struct placeholders placeholders = { .program_fd = -1, .btf_fd = -1 };
	int result;

	libbpf_log_begin(&messages);
	skeleton = dispatcher_bpf__open();
	if (!skeleton)
		return error_set(error, ERROR_INTERNAL, -errno, "cannot open the rootlet: %s",
				 errno_name(errno));
	bpf_program__set_expected_attach_type(skeleton->progs.xdpd_rootlet, attach_type);
	code_recorder_begin(&placeholders.code, skeleton->progs.xdpd_rootlet);
	result = dispatcher_bpf__load(skeleton);
	code_recorder_end();
	if (result < 0) {
		error_set(error, ERROR_KERNEL_REFUSED, result,
			  "the kernel refused to load the rootlet: %s", errno_name(result));
		error_detail(error, messages.text);
	} else {
		result = take(skeleton, &placeholders, error);
	}
	if (result < 0)
		placeholders_done(&placeholders);
	else
		*ret = placeholders;
	return result;
}

const struct bpf_insn *placeholders_find(const struct placeholders *placeholders, uint32_t id,
					 size_t *ret_length)
{
	const struct program_code *code = &placeholders->code;

	for (size_t i = 1; i < code->n_functions; i++) {
		size_t start = code->functions[i].insn_off;
		size_t end = i + 1 < code->n_functions ? code->functions[i + 1].insn_off
						       : code->n_instructions;

		if (code->functions[i].type_id != id)
			continue;
		*ret_length = end - start;
		return code->instructions + start;
	}
	assert(false); /* take() counted them */
	return NULL;
}

int placeholders_try_extension(struct error *error)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct placeholders target = { .program_fd = -1, .btf_fd = -1 };
	struct bpf_func_info function = {};
	LIBBPF_OPTS(bpf_prog_load_opts, load, .func_info = &function, .func_info_cnt = 1,
		    .func_info_rec_size = sizeof(function));
	LIBBPF_OPTS(bpf_link_create_opts, link);
	cleanup(closep) int extension = -1;
	cleanup(closep) int linked = -1;
	int result;

	result = placeholders_load(0, &target, error);
	if (result < 0)
		return result;
	/* The extension uses the placeholder's own BTF, so it surely matches. */
	function.type_id = link.target_btf_id = load.attach_btf_id = target.slot_ids[0];
	load.prog_btf_fd = target.btf_fd;
	load.attach_prog_fd = target.program_fd;
	extension = bpf_prog_load(BPF_PROG_TYPE_EXT, "xdpd_probe", "GPL", instructions,
				  array_size(instructions), &load);
	if (extension < 0)
		result = error_set(error, ERROR_UNSUPPORTED, -errno,
				   "loading an extension program failed: %s", errno_name(errno));
	else if ((linked = bpf_link_create(extension, target.program_fd, 0, &link)) < 0)
		result = error_set(error, ERROR_UNSUPPORTED, -errno,
				   "an extension program was loaded but could not be linked: %s",
				   errno_name(errno));
	placeholders_done(&target);
	return result;
}
