// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * Functions of the C library that parser/files.c replaces. In a static program the linker renames their calls
 * (--wrap); in a program with shared libraries, as with a sanitizer, a function of the program has
 * precedence.
 */
#if PARSER_IS_STATIC
#define WRAPPED(name) __wrap_##name
long __real_syscall(long number, ...);
#define REAL_SYSCALL __real_syscall
#else
#include <dlfcn.h>
#define WRAPPED(name) name
#define REAL_SYSCALL  ((long (*)(long, ...))dlsym(RTLD_NEXT, "syscall"))
#endif

#include <stdio.h>

FILE *WRAPPED(fopen)(const char *path, const char *mode);
FILE *WRAPPED(fopen64)(const char *path, const char *mode);
int WRAPPED(faccessat)(int directory, const char *path, int mode, int flags);
long WRAPPED(syscall)(long number, ...);
