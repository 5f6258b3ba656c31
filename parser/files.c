// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * How libbpf and its libraries reach files and the kernel in this process, which may open none: functions of
 * the C library are replaced for the whole program. No header declares them, because its inline versions
 * would interfere.
 */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* it would rename functions of the C library */
#include "parser/bpf.h"
#include "parser/calls.h"
#include "parser/real.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <fcntl.h> */
#define AT_FDCWD	-100
#define F_DUPFD_CLOEXEC 1030
#define KERNEL_TYPES	"/sys/kernel/btf/"

struct stat;
int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
int close(int fd);
int fcntl(int fd, int command, ...);
int fcntl64(int fd, int command, ...);
int fstat(int fd, struct stat *status);
int fstat64(int fd, struct stat *status);

/*
 * /proc/self/fd/NUMBER is a copy of that descriptor. The process that uses the parser opens files that
 * describe the kernel.
 */
int open(const char *path, int flags, ...)
{
	int fd, end = 0;

	if (sscanf(path, "/proc/self/fd/%d%n", &fd, &end) == 1 && !path[end])
		return dup(fd);
	if (!calls_have_begun())
		return (int)REAL_SYSCALL(SYS_openat, AT_FDCWD, path, flags, 0);
	return calls_open(path);
}

int open64(const char *path, int flags, ...)
{
	return open(path, flags);
}

int close(int fd)
{
	calls_closed(fd);
	return (int)REAL_SYSCALL(SYS_close, fd);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;
	int result;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	result = (int)REAL_SYSCALL(SYS_fcntl, fd, command, argument);
	if (command == F_DUPFD_CLOEXEC && result >= 0)
		calls_copied(fd, result);
	return result;
}

__attribute__((alias("fcntl"))) int fcntl64(int fd, int command, ...);

/* The C library's function may call newfstatat(2), which also accepts paths. */
int fstat(int fd, struct stat *status)
{
	return (int)REAL_SYSCALL(SYS_fstat, fd, status);
}

int fstat64(int fd, struct stat *status)
{
	return fstat(fd, status);
}

static FILE *open_stream(const char *path)
{
	int fd = open(path, 0);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (fd >= 0 && !stream)
		close(fd);
	return stream;
}

/* libbpf only reads files. */
FILE *WRAPPED(fopen)(const char *path, const char *mode)
{
	(void)mode;
	return open_stream(path);
}

FILE *WRAPPED(fopen64)(const char *path, const char *mode)
{
	(void)mode;
	return open_stream(path);
}

/* Whether the kernel's types can be read turns out when they are. */
int WRAPPED(faccessat)(int directory, const char *path, int mode, int flags)
{
	(void)directory;
	(void)mode;
	(void)flags;
	if (!strncmp(path, KERNEL_TYPES, strlen(KERNEL_TYPES)))
		return 0;
	errno = EACCES;
	return -1;
}

static long copy(int fd, int to, int flags)
{
	long result = REAL_SYSCALL(SYS_dup3, fd, to, flags);

	if (result >= 0)
		calls_copied(fd, to);
	return result;
}

static long answer(int result)
{
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

/* libbpf uses it for calls that the C library has no function for, or not in all versions. */
long WRAPPED(syscall)(long number, ...)
{
	long values[6];
	va_list arguments;

	va_start(arguments, number);
	for (size_t i = 0; i < 6; i++)
		values[i] = va_arg(arguments, long);
	va_end(arguments);
	switch (number) {
	case SYS_bpf:
		return answer(bpf_call(values[0], (void *)values[1], values[2]));
	case SYS_dup3:
		return copy(values[0], values[1], values[2]);
	case SYS_memfd_create: /* libbpf reserves a number with it */
		return answer(calls_placeholder());
	default:
		return REAL_SYSCALL(number, values[0], values[1], values[2], values[3], values[4],
				    values[5]);
	}
}
