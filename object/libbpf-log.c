// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/libbpf-log.h"

#include "base/cleanup.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

/* libbpf's callback has no userdata. */
static _Thread_local struct libbpf_log *collector;

static void collect(const char *format, va_list arguments)
{
	cleanup(freep) char *line = NULL;
	size_t used, length;

	if (!collector || vasprintf(&line, format, arguments) < 0) {
		line = NULL;
		return;
	}
	length = strlen(line);
	if (length >= sizeof(collector->text))
		line[length = sizeof(collector->text) - 1] = '\0';
	used = strlen(collector->text);
	if (used + length >= sizeof(collector->text)) {
		size_t excess = used + length + 1 - sizeof(collector->text);

		memmove(collector->text, collector->text + excess, used - excess + 1);
	}
	strcat(collector->text, line);
}

static int collect_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN)
		collect(format, arguments);
	return 0;
}

static int collect_libxdp(enum libxdp_print_level level, const char *format, va_list arguments)
{
	if (level == LIBXDP_WARN)
		collect(format, arguments);
	return 0;
}

void libbpf_log_init(void)
{
	libbpf_set_print(collect_libbpf);
	libxdp_set_print(collect_libxdp);
}

void libbpf_log_begin(struct libbpf_log *messages)
{
	messages->text[0] = '\0';
	collector = messages;
}

void libbpf_log_end(struct libbpf_log *messages)
{
	(void)messages;
	collector = NULL;
}
