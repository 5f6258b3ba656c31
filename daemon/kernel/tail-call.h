#pragma once

#include "base/error.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A way to run an XDP program that another loader has loaded: a jump from which nothing returns. */
struct tail_call {
	int array_fd; /* a program array with it as its only entry; that stays while this is open or pinned */
	/* What a program must have been loaded with to make the jump: what this one was. */
	enum bpf_attach_type attach_type;
	bool frags;
};

/* How many programs the array has. */
size_t tail_call_count(int array_fd, uint32_t n_entries);

/*
 * `name` is the program's, for errors. The fd of the program stays the caller's, and that of the array
 * becomes it.
 */
int tail_call_new(int program_fd, const char *name, struct tail_call *ret, struct error *error);
