#define _GNU_SOURCE
#include "daemon/kernel/dispatcher.h"

#include "base/cleanup.h"
#include "daemon/kernel/messages.h"

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

void dispatcher_done(struct dispatcher *dispatcher)
{
	closep(&dispatcher->program_fd);
	closep(&dispatcher->counters_fd);
	closep(&dispatcher->btf_fd);
}

static int take_fds(const struct dispatcher_bpf *skeleton, struct dispatcher *ret,
		    struct error *error)
{
	const struct btf *btf = bpf_object__btf(skeleton->obj);
	struct dispatcher taken = {
		.program_fd = duplicate(bpf_program__fd(skeleton->progs.xdpd_rootlet)),
		.counters_fd = duplicate(bpf_map__fd(skeleton->maps.counters)),
		.btf_fd = duplicate(bpf_object__btf_fd(skeleton->obj)),
	};

	if (taken.program_fd < 0 || taken.counters_fd < 0 || taken.btf_fd < 0) {
		int failure = -errno;

		dispatcher_done(&taken);
		return error_set(error, ERROR_KERNEL_REFUSED, failure,
				 "no file descriptors left for a rootlet: %s", errno_name(failure));
	}
	for (unsigned int slot = 0; slot < ROOTLET_SLOTS; slot++) {
		char name[16];
		int id;

		snprintf(name, sizeof(name), "slot_%u", slot);
		id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
		assert(id > 0); /* bpf/placeholders/slots.h has them all */
		taken.slot_ids[slot] = id;
	}
	*ret = taken;
	return 0;
}

int dispatcher_load(const uint32_t *proceed, size_t n_slots, bool frags, bool counting,
		    struct dispatcher *ret, struct error *error)
{
	cleanup(messages_end) struct messages messages;
	cleanup(skeletonp) struct dispatcher_bpf *skeleton = NULL;
	int result;

	assert(n_slots <= ROOTLET_SLOTS);
	messages_begin(&messages);
	skeleton = dispatcher_bpf__open();
	if (!skeleton)
		return error_set(error, ERROR_INTERNAL, -errno, "the rootlet cannot be opened: %s",
				 errno_name(errno));
	for (size_t slot = 0; slot < n_slots; slot++)
		skeleton->rodata->config.proceed[slot] = proceed[slot];
	if (n_slots < ROOTLET_SLOTS)
		skeleton->rodata->config.proceed[n_slots] = ROOTLET_END;
	skeleton->rodata->config.counting = counting;
	bpf_map__set_max_entries(skeleton->maps.counters, n_slots + 1);
	bpf_program__set_flags(skeleton->progs.xdpd_rootlet, frags ? BPF_F_XDP_HAS_FRAGS : 0);
	bpf_program__set_expected_attach_type(skeleton->progs.xdpd_rootlet, 0);
	result = dispatcher_bpf__load(skeleton);
	if (result < 0) {
		error_set(error, ERROR_KERNEL_REFUSED, result,
			  "the kernel does not load the rootlet: %s", errno_name(result));
		error_detail(error, messages.text);
		return result;
	}
	return take_fds(skeleton, ret, error);
}

int dispatcher_try_extension(struct error *error)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct dispatcher target = { -1, -1, -1, {} };
	struct bpf_func_info function = {};
	LIBBPF_OPTS(bpf_prog_load_opts, load, .func_info = &function, .func_info_cnt = 1,
		    .func_info_rec_size = sizeof(function));
	LIBBPF_OPTS(bpf_link_create_opts, link);
	cleanup(closep) int extension = -1;
	cleanup(closep) int linked = -1;
	int result;

	result = dispatcher_load((uint32_t[]){ 1 << XDP_PASS }, 1, false, true, &target, error);
	if (result < 0)
		return result;
	/* The extension borrows the placeholder's own description: nothing could match better. */
	function.type_id = link.target_btf_id = load.attach_btf_id = target.slot_ids[0];
	load.prog_btf_fd = target.btf_fd;
	load.attach_prog_fd = target.program_fd;
	extension = bpf_prog_load(BPF_PROG_TYPE_EXT, "xdpd_probe", "GPL", instructions,
				  array_size(instructions), &load);
	if (extension < 0)
		result = error_set(error, ERROR_UNSUPPORTED, -errno,
				   "an extension program does not load: %s", errno_name(errno));
	else if ((linked = bpf_link_create(extension, target.program_fd, 0, &link)) < 0)
		result = error_set(error, ERROR_UNSUPPORTED, -errno,
				   "an extension program loads but does not link: %s",
				   errno_name(errno));
	dispatcher_done(&target);
	return result;
}
