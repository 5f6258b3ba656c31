// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Links an object with a library; each of them in turn comes from the fuzzer. This is what the parser does
 * with its files.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/file.h"
#include "object/libbpf-log.h"
#include "object/link-check.h"
#include "parser/static-link.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Numbers that no other descriptor has. */
#define RESULT 200
#define FILES  201

enum {
	USER,
	LIBRARY,
	N_KNOWN,
};

static struct object known[N_KNOWN];

static void read_known(const char *directory, const char *name, struct object *ret)
{
	cleanup(freep) char *path = NULL;
	cleanup(closep) int fd = -1;

	if (asprintf(&path, "%s/../bpf/%s", directory, name) < 0)
		abort();
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret->label = strdup(name);
	if (fd < 0 || !ret->label || blob_read(fd, name, 1 << 20, &ret->blob, NULL) < 0) {
		fprintf(stderr, "cannot read %s\n", path);
		abort();
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	cleanup(freep) char *program = realpath("/proc/self/exe", NULL);
	char *slash = program ? strrchr(program, '/') : NULL;

	(void)argc;
	(void)argv;
	if (!slash)
		abort();
	*slash = '\0';
	libbpf_log_init();
	read_known(program, "library-user.o", &known[USER]);
	read_known(program, "library-parser.o", &known[LIBRARY]);
	return 0;
}

/* Puts the bytes into a file in memory, as the parser's launcher does. */
static void give_file(int number, const struct blob *blob)
{
	cleanup(closep) int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || (blob && write(fd, blob->bytes, blob->size) != (ssize_t)blob->size) ||
	    dup2(fd, number) < 0)
		abort();
}

static void link_both(const struct object *object, const struct object *library)
{
	cleanup(error_done) struct error error = {};
	static const struct link_fds fds = { RESULT, FILES };
	const struct object objects[] = { *object, *library };

	if (static_link_check(object, 1, library, &error) < 0)
		return;
	give_file(RESULT, NULL);
	give_file(FILES, &object->blob);
	give_file(FILES + 1, &library->blob);
	static_link(&fds, array_size(objects), objects, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char label[] = "fw.o";
	const struct object object = { .blob = { (void *)bytes, size }, .label = label };

	link_both(&object, &known[LIBRARY]);
	link_both(&known[USER], &object);
	return 0;
}
