// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/crash-point.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(const char *path, const char *name)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || dprintf(fd, "%s\n", name) < 0)
		abort(); /* a test that counts too few crash points proves nothing */
	close(fd);
}

/* The text is NAME:N. Returns N, or 0 if it has another name. */
static unsigned long wanted_passage(const char *wanted, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(wanted, name, length) != 0 || wanted[length] != ':')
		return 0;
	return strtoul(wanted + length + 1, NULL, 10);
}

/* Passages are counted in the file: one byte each after its line. */
static bool is_armed(const char *path, const char *name)
{
	char text[4096] = "";
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	bool due = false;

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) > 0 && wanted_passage(text, name)) {
		due = strlen(strchr(text, '\n') + 1) + 1 == wanted_passage(text, name);
		if (write(fd, ".", 1) < 0)
			abort();
	}
	close(fd);
	return due;
}

void crash_point(const char *name)
{
	static atomic_uint passed; /* of the one crash point that the environment names */
	const char *wanted = getenv("XDPD_CRASH_POINT");
	const char *armed = getenv("XDPD_CRASH_ARMED");
	const char *log = getenv("XDPD_CRASH_LOG");

	if (log)
		note(log, name);
	if (wanted && wanted_passage(wanted, name) &&
	    atomic_fetch_add(&passed, 1) + 1 == wanted_passage(wanted, name))
		kill(getpid(), SIGKILL);
	if (armed && is_armed(armed, name))
		kill(getpid(), SIGKILL);
}
