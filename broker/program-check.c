// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "broker/program-check.h"

#include "base/cleanup.h"
#include "broker/map-addresses.h"
#include "object/instruction.h"
#include "object/kernel-versions.h"

#include <bpf/btf.h>
#include <string.h>

enum helper_use {
	HELPER_REFUSED, /* also those that are not in the list */
	HELPER_ALLOWED,
	HELPER_CALLS_WITH_MAP, /* it calls a function of the program with the address of a map */
};

/*
 * What an XDP program may call without CAP_PERFMON (kernel/bpf/helpers.c, bpf_base_func_proto(); net/core/filter.c,
 * xdp_func_proto()). Left out although the kernel allows them: helpers about values with types of the kernel, which only
 * refused ones and kernel functions supply (bpf_kptr_xchg, bpf_per_cpu_ptr, bpf_this_cpu_ptr, bpf_cgrp_storage_*), and
 * those about the process that happens to run.
 */
static const unsigned char helpers[] = {
	[BPF_FUNC_map_lookup_elem] = HELPER_ALLOWED,
	[BPF_FUNC_map_update_elem] = HELPER_ALLOWED,
	[BPF_FUNC_map_delete_elem] = HELPER_ALLOWED,
	[BPF_FUNC_map_push_elem] = HELPER_ALLOWED,
	[BPF_FUNC_map_pop_elem] = HELPER_ALLOWED,
	[BPF_FUNC_map_peek_elem] = HELPER_ALLOWED,
	[BPF_FUNC_map_lookup_percpu_elem] = HELPER_ALLOWED,
	[BPF_FUNC_for_each_map_elem] = HELPER_CALLS_WITH_MAP,
	[BPF_FUNC_loop] = HELPER_ALLOWED,
	[BPF_FUNC_tail_call] = HELPER_ALLOWED,
	[BPF_FUNC_spin_lock] = HELPER_ALLOWED,
	[BPF_FUNC_spin_unlock] = HELPER_ALLOWED,
	[BPF_FUNC_timer_init] = HELPER_ALLOWED,
	[BPF_FUNC_timer_set_callback] = HELPER_CALLS_WITH_MAP,
	[BPF_FUNC_timer_start] = HELPER_ALLOWED,
	[BPF_FUNC_timer_cancel] = HELPER_ALLOWED,
	[BPF_FUNC_get_prandom_u32] = HELPER_ALLOWED,
	[BPF_FUNC_get_smp_processor_id] = HELPER_ALLOWED,
	[BPF_FUNC_get_numa_node_id] = HELPER_ALLOWED,
	[BPF_FUNC_ktime_get_ns] = HELPER_ALLOWED,
	[BPF_FUNC_ktime_get_boot_ns] = HELPER_ALLOWED,
	[BPF_FUNC_ktime_get_coarse_ns] = HELPER_ALLOWED,
	[BPF_FUNC_ktime_get_tai_ns] = HELPER_ALLOWED,
	[BPF_FUNC_jiffies64] = HELPER_ALLOWED,
	[BPF_FUNC_strncmp] = HELPER_ALLOWED,
	[BPF_FUNC_strtol] = HELPER_ALLOWED,
	[BPF_FUNC_strtoul] = HELPER_ALLOWED,
	[BPF_FUNC_ringbuf_output] = HELPER_ALLOWED,
	[BPF_FUNC_ringbuf_reserve] = HELPER_ALLOWED,
	[BPF_FUNC_ringbuf_submit] = HELPER_ALLOWED,
	[BPF_FUNC_ringbuf_discard] = HELPER_ALLOWED,
	[BPF_FUNC_ringbuf_query] = HELPER_ALLOWED,
	[BPF_FUNC_ringbuf_reserve_dynptr] = HELPER_ALLOWED,
	[BPF_FUNC_ringbuf_submit_dynptr] = HELPER_ALLOWED,
	[BPF_FUNC_ringbuf_discard_dynptr] = HELPER_ALLOWED,
	[BPF_FUNC_user_ringbuf_drain] = HELPER_ALLOWED,
	[BPF_FUNC_dynptr_from_mem] = HELPER_ALLOWED,
	[BPF_FUNC_dynptr_read] = HELPER_ALLOWED,
	[BPF_FUNC_dynptr_write] = HELPER_ALLOWED,
	[BPF_FUNC_dynptr_data] = HELPER_ALLOWED,
	[BPF_FUNC_perf_event_output] = HELPER_ALLOWED,
	[BPF_FUNC_csum_diff] = HELPER_ALLOWED,
	[BPF_FUNC_redirect] = HELPER_ALLOWED,
	[BPF_FUNC_redirect_map] = HELPER_ALLOWED,
	[BPF_FUNC_xdp_adjust_head] = HELPER_ALLOWED,
	[BPF_FUNC_xdp_adjust_meta] = HELPER_ALLOWED,
	[BPF_FUNC_xdp_adjust_tail] = HELPER_ALLOWED,
	[BPF_FUNC_xdp_get_buff_len] = HELPER_ALLOWED,
	[BPF_FUNC_xdp_load_bytes] = HELPER_ALLOWED,
	[BPF_FUNC_xdp_store_bytes] = HELPER_ALLOWED,
	[BPF_FUNC_fib_lookup] = HELPER_ALLOWED,
	[BPF_FUNC_check_mtu] = HELPER_ALLOWED,
	[BPF_FUNC_sk_lookup_tcp] = HELPER_ALLOWED,
	[BPF_FUNC_sk_lookup_udp] = HELPER_ALLOWED,
	[BPF_FUNC_skc_lookup_tcp] = HELPER_ALLOWED,
	[BPF_FUNC_sk_release] = HELPER_ALLOWED,
	[BPF_FUNC_tcp_check_syncookie] = HELPER_ALLOWED,
	[BPF_FUNC_tcp_gen_syncookie] = HELPER_ALLOWED,
	[BPF_FUNC_tcp_raw_gen_syncookie_ipv4] = HELPER_ALLOWED,
	[BPF_FUNC_tcp_raw_gen_syncookie_ipv6] = HELPER_ALLOWED,
	[BPF_FUNC_tcp_raw_check_syncookie_ipv4] = HELPER_ALLOWED,
	[BPF_FUNC_tcp_raw_check_syncookie_ipv6] = HELPER_ALLOWED,
};

/*
 * Kinds of maps whose use the kernel does not tie to CAP_PERFMON. An arena (33) is left out, and so are maps of addresses
 * of instructions (34), because jumps to these cannot be followed.
 */
static const bool map_types[] = {
	[BPF_MAP_TYPE_HASH] = true,	    [BPF_MAP_TYPE_ARRAY] = true,
	[BPF_MAP_TYPE_PROG_ARRAY] = true,   [BPF_MAP_TYPE_PERF_EVENT_ARRAY] = true,
	[BPF_MAP_TYPE_PERCPU_HASH] = true,  [BPF_MAP_TYPE_PERCPU_ARRAY] = true,
	[BPF_MAP_TYPE_LRU_HASH] = true,	    [BPF_MAP_TYPE_LRU_PERCPU_HASH] = true,
	[BPF_MAP_TYPE_LPM_TRIE] = true,	    [BPF_MAP_TYPE_ARRAY_OF_MAPS] = true,
	[BPF_MAP_TYPE_HASH_OF_MAPS] = true, [BPF_MAP_TYPE_DEVMAP] = true,
	[BPF_MAP_TYPE_DEVMAP_HASH] = true,  [BPF_MAP_TYPE_CPUMAP] = true,
	[BPF_MAP_TYPE_XSKMAP] = true,	    [BPF_MAP_TYPE_SOCKMAP] = true,
	[BPF_MAP_TYPE_SOCKHASH] = true,	    [BPF_MAP_TYPE_QUEUE] = true,
	[BPF_MAP_TYPE_STACK] = true,	    [BPF_MAP_TYPE_RINGBUF] = true,
	[BPF_MAP_TYPE_USER_RINGBUF] = true, [BPF_MAP_TYPE_BLOOM_FILTER] = true,
};

/* Ask the device about a packet; they get the context, and write to memory of the program. */
static const char *const kernel_functions[] = {
	"bpf_xdp_metadata_rx_timestamp",
	"bpf_xdp_metadata_rx_hash",
	"bpf_xdp_metadata_rx_vlan_tag",
};

struct check {
	const struct broker *broker;
	struct btf *vmlinux; /* NULL: not read */
	bool has_map_callbacks;
	struct error *error;
};

static void check_done(struct check *check)
{
	btf__free(check->vmlinux);
}

#define refuse(check, ...) error_set((check)->error, ERROR_NO_PERMISSION, -EPERM, __VA_ARGS__)

/*
 * libbpf replaces what the kernel does not have by calls of helpers with such numbers, which no kernel has, and which the
 * verifier accepts only where they are not reached (its libbpf.c, poison_map_ldimm64() and poison_kfunc_call(); its
 * relo_core.c, bpf_core_poison_insn()).
 */
static bool is_poison(int helper)
{
	return helper == 0xbad2310 || (helper >= 2001000000 && helper < 2003000000);
}

static int check_helper(struct check *check, int helper)
{
	bool is_listed = helper > 0 && (size_t)helper < array_size(helpers);
	const struct kernel_version *known;

	if (is_listed && helpers[helper] != HELPER_REFUSED) {
		check->has_map_callbacks |= helpers[helper] == HELPER_CALLS_WITH_MAP;
		return 0;
	}
	if (is_poison(helper))
		return 0;
	known = kernel_version_of_helper(helper);
	return known ? refuse(check, "calls helper %s", known->name)
		     : refuse(check, "calls helper %d, which xdpd does not know", helper);
}

/* The name of the function that has the number in the types of the kernel; NULL: none has it. */
static const char *find_function(struct check *check, int id)
{
	const struct btf_type *type;

	if (!check->vmlinux)
		check->vmlinux = btf__load_vmlinux_btf();
	type = check->vmlinux ? btf__type_by_id(check->vmlinux, id) : NULL;
	return type && btf_is_func(type) ? btf__name_by_offset(check->vmlinux, type->name_off)
					 : NULL;
}

static bool is_allowed(const char *function)
{
	for (size_t i = 0; function && i < array_size(kernel_functions); i++)
		if (!strcmp(function, kernel_functions[i]))
			return true;
	return false;
}

/* With an offset, the number is in the types of a module. */
static int check_kernel_function(struct check *check, const struct bpf_insn *call)
{
	const char *name = call->off ? NULL : find_function(check, call->imm);

	if (is_allowed(name))
		return 0;
	if (call->off)
		return refuse(check, "calls a function of a kernel module");
	return name ? refuse(check, "calls kernel function %s", name)
		    : refuse(check, "calls an unknown kernel function");
}

static int check_call(struct check *check, const struct bpf_insn *call)
{
	switch (call->src_reg) {
	case 0:
		return check_helper(check, call->imm);
	case BPF_PSEUDO_CALL:
		return 0;
	case BPF_PSEUDO_KFUNC_CALL:
		return check_kernel_function(check, call);
	default:
		return refuse(check, "has a call that xdpd does not know (kind %d)", call->src_reg);
	}
}

/* An unknown handle is refused later. */
static int check_map(const struct check *check, uint32_t handle)
{
	const struct brokered *map = broker_find(check->broker, handle, BROKERED_MAP);

	if (!map || (map->type < array_size(map_types) && map_types[map->type]))
		return 0;
	return refuse(check, "uses a map of type %u", map->type);
}

/*
 * Before a program calls a function that some kernels lack, it compares its address with 0. The types are those of the
 * kernel if `types` is 0, and otherwise of a module.
 */
static int check_kernel_address(struct check *check, int id, int types)
{
	return types == 0 && is_allowed(find_function(check, id))
		       ? 0
		       : refuse(check, "uses a variable or a function of the kernel");
}

/* The second half of the load follows. */
static int check_wide_load(struct check *check, const struct bpf_insn *load)
{
	switch (load->src_reg) {
	case 0:
	case BPF_PSEUDO_FUNC:
	case BPF_PSEUDO_MAP_IDX: /* refused later */
	case BPF_PSEUDO_MAP_IDX_VALUE:
		return 0;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_VALUE:
		return check_map(check, load->imm);
	case BPF_PSEUDO_BTF_ID:
		return check_kernel_address(check, load[0].imm, load[1].imm);
	default:
		return refuse(check, "has an address that xdpd does not know (kind %d)",
			      load->src_reg);
	}
}

int program_check(const struct broker *broker, const struct bpf_insn *instructions,
		  size_t n_instructions, struct error *error)
{
	cleanup(check_done) struct check check = { .broker = broker, .error = error };
	int result = 0;

	/* Also what is never reached: which code that is, only the verifier knows. */
	for (size_t i = 0; result == 0 && i < n_instructions; i++) {
		if (is_call(&instructions[i]))
			result = check_call(&check, &instructions[i]);
		if (!is_wide_load(&instructions[i]))
			continue;
		if (++i == n_instructions)
			return refuse(&check, "ends in the middle of an instruction");
		result = check_wide_load(&check, &instructions[i - 1]);
	}
	return result
		       ?: map_addresses_check(broker, instructions, n_instructions,
					      check.has_map_callbacks, error);
}
