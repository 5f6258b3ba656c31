// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * libbpf's messages. Its print callback is global to the process; here each thread collects its own messages,
 * so an error can contain those that belong to it.
 */
struct libbpf_log {
	/* The warnings since libbpf_log_begin(); when it is full the oldest are dropped. */
	char text[4096];
};

/* Call it once, before any other call of libbpf or libxdp. */
void libbpf_log_init(void);

/* From here on this thread's messages go to `messages`, until libbpf_log_end(). Not nested. */
void libbpf_log_begin(struct libbpf_log *messages);

/* For cleanup(libbpf_log_end). */
void libbpf_log_end(struct libbpf_log *messages);
