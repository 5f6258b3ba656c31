// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The filter is built here and not by libseccomp, because the parser starts for every link of libraries: with
 * libseccomp this table costs 710,000 instructions, including the kernel's; this file and the kernel need
 * 120,000.
 */
#define _GNU_SOURCE
#include "sandbox/filter.h"

#include "base/cleanup.h"
#include "sandbox/sanitizer.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* On other machines some calls have other names, such as fstat64(2) and mmap2(2). */
#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define THIS_ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define THIS_ARCHITECTURE AUDIT_ARCH_S390X
#else
#error "this file needs the AUDIT_ARCH_... of this machine"
#endif

/* A call that is allowed; with a mask only if these bits of one argument have that value. */
struct rule {
	uint32_t call;
	uint32_t mask;
	uint32_t value;
	unsigned int argument;
	enum filter least; /* the narrowest filter that allows it */
};

static bool allows(enum filter which, const struct rule *rule)
{
	if (which == FILTER_RECEIVER && rule->least != FILTER_RECEIVER)
		which = FILTER_OBJECT;
	return rule->least <= which;
}

/*
 * No call opens a path or reaches another process, and the only descriptors that a call can make are copies,
 * anonymous memory, or descriptors that were sent.
 */
static const struct rule rules[] = {
	/* descriptors */
	{ SYS_read },
	{ SYS_pread64 },
	{ SYS_write },
	{ SYS_pwrite64 },
	{ SYS_lseek },
	{ SYS_fstat },
	{ SYS_ftruncate },
	{ SYS_fallocate },
	{ SYS_dup },
	{ SYS_close },
	{ SYS_fcntl, UINT32_MAX, F_GETFD, 1 }, /* libelf asks whether a descriptor is open */
	{ SYS_fcntl, UINT32_MAX, F_GETFL, 1, FILTER_OBJECT },
	{ SYS_fcntl, UINT32_MAX, F_DUPFD_CLOEXEC, 1, FILTER_OBJECT },
	{ SYS_dup3, .least = FILTER_OBJECT },
	/* Receivers copy files into one. */
	{ SYS_memfd_create, .least = FILTER_RECEIVER },
	/* The socket to the process that uses the parser; no other can be made. */
	{ SYS_sendto, .least = FILTER_OBJECT },
	{ SYS_recvfrom, .least = FILTER_OBJECT },
	{ SYS_recvmsg, .least = FILTER_OBJECT },
	{ SYS_sendmsg, .least = FILTER_RECEIVER },
	/* The C library calls it for fstat(3). */
	{ SYS_newfstatat, UINT32_MAX, AT_EMPTY_PATH, 3, FILTER_RECEIVER },
/* The name of a file that was sent, from /proc/self/fd. */
#ifdef SYS_readlink
	{ SYS_readlink, .least = FILTER_RECEIVER },
#endif
	{ SYS_readlinkat, .least = FILTER_RECEIVER },
	/* Memory, but not executable memory, which could contain new code. */
	{ SYS_mmap, PROT_EXEC, 0, 2 },
	{ SYS_munmap },
	{ SYS_mremap },
	{ SYS_brk },
	/* Malloc(3) protects its lists with random numbers. */
	{ SYS_getrandom },
	{ SYS_uname, .least = FILTER_OBJECT }, /* libbpf asks for the version of the kernel */
	/* A process for each object, with its own limits. */
	{ SYS_clone, CLONE_VM | CLONE_PARENT | CLONE_NEWUSER, 0, 0, FILTER_ZYGOTE },
	{ SYS_wait4, .least = FILTER_ZYGOTE },
	{ SYS_prlimit64, UINT32_MAX, 0, 0, FILTER_ZYGOTE },
	{ SYS_prctl, UINT32_MAX, PR_SET_PDEATHSIG, 0, FILTER_ZYGOTE },
	{ SYS_prctl, UINT32_MAX, PR_SET_SECCOMP, 0, FILTER_ZYGOTE },
	{ SYS_set_robust_list, .least = FILTER_ZYGOTE },
	/* the end */
	{ SYS_exit },
	{ SYS_exit_group },
	{ SYS_rt_sigreturn },
#if HAS_SANITIZER
	{ SYS_sigaltstack },
	{ SYS_rt_sigprocmask },
	{ SYS_gettid },
	{ SYS_futex },
	{ SYS_madvise },
#endif
};

/* Each rule takes six instructions at most. */
struct code {
	unsigned short length;
	struct sock_filter instructions[8 + 6 * array_size(rules)];
};

static void add(struct code *code, struct sock_filter instruction)
{
	assert(code->length < array_size(code->instructions));
	code->instructions[code->length++] = instruction;
}

static void add_load(struct code *code, size_t offset)
{
	add(code, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

/* Skips so many of the next instructions unless the loaded number equals the value. */
static void add_test(struct code *code, uint32_t value, uint8_t skipped)
{
	add(code, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped));
}

static void add_arithmetic(struct code *code, uint16_t operation, uint32_t value)
{
	add(code, (struct sock_filter)BPF_STMT(BPF_ALU | operation | BPF_K, value));
}

static void add_return(struct code *code, uint32_t action)
{
	add(code, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* EPERM instead of killing the process: a library that tries a newer call can do without it. */
static void add_refusal(struct code *code)
{
	add_return(code, SECCOMP_RET_ERRNO | EPERM);
}

static size_t argument_offset(unsigned int argument)
{
	size_t offset = offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);

	/* The low half of the argument; the kernel takes all tested arguments as int. */
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? offset + sizeof(uint32_t) : offset;
}

static void add_number(struct code *code)
{
	add_load(code, offsetof(struct seccomp_data, nr));
}

/* The number of the call must be loaded before, and is loaded again afterwards. */
static void add_rule(struct code *code, const struct rule *rule)
{
	add_test(code, rule->call, rule->mask ? 5 : 1);
	if (rule->mask) {
		add_load(code, argument_offset(rule->argument));
		add_arithmetic(code, BPF_AND, rule->mask);
		add_test(code, rule->value, 1);
	}
	add_return(code, SECCOMP_RET_ALLOW);
	if (rule->mask)
		add_number(code);
}

/*
 * The process has the zygote's filter already, so only the calls beyond the narrower filter must be refused.
 */
static void build_narrower(struct code *code, enum filter which)
{
	add_number(code);
	for (size_t i = 0; i < array_size(rules); i++) {
		if (allows(which, &rules[i]) || !allows(FILTER_ZYGOTE, &rules[i]))
			continue;
		add_test(code, rules[i].call, 1);
		add_refusal(code);
	}
	add_return(code, SECCOMP_RET_ALLOW);
}

static void build(struct code *code, enum filter which)
{
	/*
	 * The number of a call has a meaning only together with the architecture. It is compared by
	 * arithmetic, because otherwise the kernel (5.11 and later) computes for each of 900 calls, before it
	 * installs the filter, whether the answer is always the same: that takes longer than all calls of
	 * this process.
	 */
	add_load(code, offsetof(struct seccomp_data, arch));
	add_arithmetic(code, BPF_XOR, THIS_ARCHITECTURE);
	add(code, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
	add_return(code, SECCOMP_RET_KILL_PROCESS);
	add_number(code);
	for (size_t i = 0; i < array_size(rules); i++)
		if (allows(which, &rules[i]))
			add_rule(code, &rules[i]);
	add_refusal(code);
}

static int install(const struct code *code)
{
	struct sock_fprog program = { code->length, (struct sock_filter *)code->instructions };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}

int filter_install(enum filter filter)
{
	struct code code = {};

	build(&code, filter);
	return install(&code);
}

int filter_narrow(enum filter filter)
{
	struct code code = {};

	build_narrower(&code, filter);
	return install(&code);
}
