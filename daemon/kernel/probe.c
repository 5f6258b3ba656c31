// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/probe.h"

#include "base/cleanup.h"
#include "base/uapi.h"
#include "daemon/kernel/placeholders.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* The loopback device has this index in every network namespace. */
#define LOOPBACK_IFINDEX 1

static void say(struct feature_state *state, bool available, const char *why)
{
	state->available = available;
	snprintf(state->why, sizeof(state->why), "%s", why);
}

static void say_errno(struct feature_state *state, const char *tried, int number)
{
	state->available = false;
	state->failure = -abs(number);
	snprintf(state->why, sizeof(state->why), "%s: %s", tried, errno_name(number));
}

/* Loads the smallest XDP program. Returns its fd, or a negative errno. */
static int load_pass(__u32 flags)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_XDP,
		    .prog_flags = flags);
	int fd;

	if (flags & UAPI_XDP_DEV_BOUND_ONLY)
		options.prog_ifindex = LOOPBACK_IFINDEX;
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "xdpd_probe", "GPL", instructions,
			   array_size(instructions), &options);

	return fd < 0 ? -errno : fd;
}

static void probe_jit(struct feature_state *state)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	cleanup(closep) int fd = load_pass(0);

	if (fd < 0)
		say_errno(state, "loading an XDP program failed", fd);
	else if (bpf_prog_get_info_by_fd(fd, &info, &size) == 0 && info.jited_prog_len > 0)
		say(state, true, "an XDP program was compiled");
	else
		say(state, false,
		    "an XDP program was loaded but not compiled; see "
		    "/proc/sys/net/core/bpf_jit_enable");
}

static void probe_btf(struct feature_state *state)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
		say(state, true, "/sys/kernel/btf/vmlinux exists");
	else
		say_errno(state, "cannot read /sys/kernel/btf/vmlinux", errno);
}

/*
 * The loopback device has no native XDP, so it cannot have an XDP link in native mode; but how the kernel
 * refuses shows whether it knows XDP links.
 */
static void probe_xdp_link(struct feature_state *state)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
	cleanup(closep) int program = load_pass(0);
	cleanup(closep) int fd = -1;

	if (program < 0) {
		say_errno(state, "loading an XDP program failed", program);
		return;
	}
	fd = bpf_link_create(program, LOOPBACK_IFINDEX, BPF_XDP, &options);
	if (errno == EOPNOTSUPP || errno == EBUSY || errno == EEXIST)
		say(state, true, "the kernel got as far as checking the device of a link");
	else
		say_errno(state, "a link was refused before the device was checked", errno);
}

static void probe_frags(struct feature_state *state)
{
	cleanup(closep) int fd = load_pass(BPF_F_XDP_HAS_FRAGS);

	if (fd < 0)
		say_errno(state, "loading an XDP program with BPF_F_XDP_HAS_FRAGS failed", fd);
	else
		say(state, true, "an XDP program with BPF_F_XDP_HAS_FRAGS was loaded");
}

/*
 * No program can be bound to the loopback device, which has no native XDP; but the kernel checks the flags
 * before it looks at the device (bpf_prog_load() and bpf_prog_dev_bound_init()).
 */
static void try_binding(struct feature_state *state, __u32 flags, const char *tried)
{
	cleanup(closep) int fd = load_pass(UAPI_XDP_DEV_BOUND_ONLY | flags);

	if (fd >= 0 || fd == -EOPNOTSUPP)
		say(state, true,
		    "the kernel got as far as checking the device to bind a program to");
	else
		say_errno(state, tried, fd);
}

static void probe_devbound(struct feature_state *state)
{
	try_binding(state, 0, "loading an XDP program with BPF_F_XDP_DEV_BOUND_ONLY failed");
}

static void probe_devbound_frags(struct feature_state *state)
{
	try_binding(state, BPF_F_XDP_HAS_FRAGS,
		    "loading a device-bound program with BPF_F_XDP_HAS_FRAGS failed");
}

/* For features of compiled programs the kernel answers only EINVAL. */
static void probe_freplace(struct feature_state *state)
{
	cleanup(error_done) struct error error = {};
	struct feature_state jit = {};

	if (placeholders_try_extension(&error) == 0) {
		say(state, true, "an extension program was loaded and linked");
		return;
	}
	probe_jit(&jit);
	if (jit.available)
		say(state, false, error.message ?: "out of memory");
	else
		say(state, false,
		    "the JIT compiler is off (/proc/sys/net/core/bpf_jit_enable); extensions need "
		    "it");
	state->failure = error.number;
}

static const struct {
	const char *name;
	const char *purpose;
	void (*probe)(struct feature_state *state);
} probes[] = {
	[FEATURE_JIT] = { "jit", "BPF programs are compiled to machine code", probe_jit },
	[FEATURE_BTF] = { "btf", "components can use CO-RE relocations and kfuncs", probe_btf },
	[FEATURE_XDP_LINK] = { "xdp-link", "the program of a device is replaced in one atomic step",
			       probe_xdp_link },
	[FEATURE_FREPLACE] = { "freplace", "components can be linked into a rootlet as extensions",
			       probe_freplace },
	[FEATURE_FRAGS] = { "frags", "components can accept multi-buffer packets (large MTU)",
			    probe_frags },
	[FEATURE_DEVBOUND] = { "devbound",
			       "components can read packet metadata from the device (--devbound)",
			       probe_devbound },
	[FEATURE_DEVBOUND_FRAGS] = { "devbound-frags",
				     "device-bound components can accept multi-buffer packets",
				     probe_devbound_frags },
};
static_assert(array_size(probes) == FEATURE_COUNT, "every feature has a probe");

const char *feature_name(enum feature feature)
{
	assert(feature >= 0 && feature < FEATURE_COUNT);
	return probes[feature].name;
}

const char *feature_purpose(enum feature feature)
{
	assert(feature >= 0 && feature < FEATURE_COUNT);
	return probes[feature].purpose;
}

int features_probe(struct features *ret, struct error *error)
{
	struct utsname name;

	uname(&name);
	snprintf(ret->kernel, sizeof(ret->kernel), "%s", name.release);
	for (enum feature feature = 0; feature < FEATURE_COUNT; feature++) {
		struct feature_state *state = &ret->state[feature];

		*state = (struct feature_state){};
		probes[feature].probe(state);
		if (!state->available && errno_is_passing(state->failure))
			return error_set(error, ERROR_KERNEL_REFUSED, state->failure,
					 "cannot probe the features of the kernel: %s", state->why);
	}
	return 0;
}
