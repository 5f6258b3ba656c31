/*
 * The filter is made here and not by libseccomp, because the parser starts with every link of libraries:
 * libseccomp and the kernel take 710,000 instructions for this table, this file and the kernel 120,000.
 */
#include "sandbox/filter.h"

#include "base/cleanup.h"
#include "sandbox/sanitizer.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* On other machines the calls have other names, too, as fstat64(2) and mmap2(2). */
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

/* A call that is allowed; with a mask only if these bits of one argument are as they should be. */
struct rule {
	uint32_t call;
	uint32_t mask;
	uint32_t value;
	unsigned int argument;
};

/* No call takes a name or a process, and none makes a descriptor that is not a copy of one. */
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
	{ SYS_fcntl, UINT32_MAX, F_GETFD, 1 }, /* libelf asks whether one is open */
	/* memory; what can be executed could bring code along */
	{ SYS_mmap, PROT_EXEC, 0, 2 },
	{ SYS_munmap },
	{ SYS_mremap },
	{ SYS_brk },
	{ SYS_getrandom }, /* malloc(3) protects its lists with it */
	/* the end */
	{ SYS_exit },
	{ SYS_exit_group },
	{ SYS_rt_sigreturn },
#if HAS_SANITIZER
	{ SYS_sigaltstack },
#endif
};

/* Each rule takes six instructions at most. */
struct filter {
	unsigned short length;
	struct sock_filter code[8 + 6 * array_size(rules)];
};

static void add(struct filter *filter, struct sock_filter instruction)
{
	assert(filter->length < array_size(filter->code));
	filter->code[filter->length++] = instruction;
}

static void add_load(struct filter *filter, size_t offset)
{
	add(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

/* Skips so many of the next instructions unless the value is what was loaded. */
static void add_test(struct filter *filter, uint32_t value, uint8_t skipped)
{
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped));
}

static void add_arithmetic(struct filter *filter, uint16_t operation, uint32_t value)
{
	add(filter, (struct sock_filter)BPF_STMT(BPF_ALU | operation | BPF_K, value));
}

static void add_return(struct filter *filter, uint32_t action)
{
	add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* EPERM instead of death: libraries that try something new on a newer system can do without. */
static void add_refusal(struct filter *filter)
{
	add_return(filter, SECCOMP_RET_ERRNO | EPERM);
}

static size_t argument_offset(unsigned int argument)
{
	size_t offset = offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);

	/* The low half of it; all that is tested is an int to the kernel. */
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? offset + sizeof(uint32_t) : offset;
}

static void add_rule(struct filter *filter, const struct rule *rule)
{
	add_test(filter, rule->call, rule->mask ? 5 : 1);
	if (rule->mask) {
		add_load(filter, argument_offset(rule->argument));
		add_arithmetic(filter, BPF_AND, rule->mask);
		add_test(filter, rule->value, 1);
	}
	add_return(filter, SECCOMP_RET_ALLOW);
	if (rule->mask)
		add_refusal(filter);
}

static void build(struct filter *filter)
{
	/*
	 * Numbers of calls mean something only together with the architecture. It is compared by
	 * arithmetic, for this keeps the kernel (5.11 and later) from working out, before it installs the
	 * filter, for each of 900 calls whether the answer is always the same: that takes longer than
	 * all calls of this process.
	 */
	add_load(filter, offsetof(struct seccomp_data, arch));
	add_arithmetic(filter, BPF_XOR, THIS_ARCHITECTURE);
	add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
	add_return(filter, SECCOMP_RET_KILL_PROCESS);
	add_load(filter, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < array_size(rules); i++)
		add_rule(filter, &rules[i]);
	add_refusal(filter);
}

int filter_install(void)
{
	struct filter filter = {};
	struct sock_fprog program = { .filter = filter.code };

	build(&filter);
	program.len = filter.length;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}
